import type { Outage } from './restarting-server.js'

export interface Scenario {
  readonly name: string
  readonly outage: Outage
}

export const plannedRestart: Scenario = {
  name: 'a planned restart, down 1.5 s',
  outage: { down: 1500, drops: 0, planned: true },
}

export const scenarios: readonly Scenario[] = [
  plannedRestart,
  { name: 'a crash, down 10 s', outage: { down: 10_000, drops: 0, planned: false } },
  { name: 'a crash, down 60 s', outage: { down: 60_000, drops: 0, planned: false } },
  {
    name: 'a crash, then 20 s of accepting and dropping at once',
    outage: { down: 0, drops: 20_000, planned: false },
  },
]
