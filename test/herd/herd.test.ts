import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sharesAtCap } from './delays-at-cap.js'
import { busiestSecond, shareOfMostFrequent } from './figures.js'
import { type HerdFigures, runHerd } from './herd.js'
import { parseOptions, UsageError } from './options.js'
import { plannedRestart, scenarios } from './scenarios.js'

const patience = 60_000

const stackTraceLimit = Error.stackTraceLimit
// Nobody reads the stacks of so many refusals, and they would take most of the time.
beforeAll(() => {
  Error.stackTraceLimit = 0
})
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit
})

const told = ({ peak, capacity, allBack, attemptsPerClient }: HerdFigures) =>
  `peak second ${(peak / capacity).toFixed(2)} × capacity, all back after ${(allBack ?? Number.NaN) / 1000} s, ` +
  `${attemptsPerClient.toFixed(1)} attempts a client`

describe('a server that restarts', () => {
  it('is asked by 10,000 clients at no more than 1.5 times its capacity, where it has advised them', {
    timeout: patience,
  }, async () => {
    const restart = { clients: 10_000, capacity: 500, outage: plannedRestart.outage }
    const sdk = await runHerd({ ...restart, kind: 'SDK with advice' })
    const socketIo = await runHerd({ ...restart, kind: 'socket.io defaults' })
    console.info(`10,000 clients, ${plannedRestart.name}: SDK with advice: ${told(sdk)}`)
    console.info(`10,000 clients, ${plannedRestart.name}: socket.io defaults: ${told(socketIo)}`)
    expect(sdk.peak / sdk.capacity).toBeLessThanOrEqual(1.5)
    expect(sdk.allBack).not.toBeNull()
    expect(socketIo.peak / socketIo.capacity).toBeGreaterThan(6)
  })

  for (const { name, outage } of scenarios.filter((scenario) => scenario !== plannedRestart)) {
    it(`is not overrun after ${name}`, { timeout: patience }, async () => {
      const sdk = await runHerd({ clients: 2000, capacity: 100, outage, kind: 'SDK with advice' })
      console.info(`2,000 clients, ${name}: SDK with advice: ${told(sdk)}`)
      expect(sdk.peak / sdk.capacity).toBeLessThanOrEqual(1.5)
      expect(sdk.allBack).not.toBeNull()
    })
  }
})

describe('clients that have failed for long', () => {
  it('do not come back in the same millisecond, as those of socket.io do', () => {
    const { socketIo, sdk } = sharesAtCap(10_000)
    const percent = (share: number) => `${(share * 100).toFixed(2)} %`
    console.info(`the same delay before the fifth try: socket.io ${percent(socketIo)}, SDK ${percent(sdk)}`)
    expect(sdk).toBeLessThanOrEqual(0.01)
    expect(socketIo).toBe(1)
  })
})

describe('what the herd is measured with', () => {
  it('finds the busiest second wherever it begins', () => {
    expect(busiestSecond([])).toBe(0)
    expect(busiestSecond([0, 900, 1000, 1100, 1899, 3000])).toBe(4)
  })

  it('finds the delay that most share', () => {
    expect(shareOfMostFrequent([1, 2, 2, 3])).toBe(0.5)
  })

  it('has defaults, and says what is wrong with an option', () => {
    expect(parseOptions([])).toEqual({ clients: 10_000, capacity: 500, whole: false })
    expect(parseOptions(['--clients', '200', '--capacity=10', '--whole'])).toEqual({
      clients: 200,
      capacity: 10,
      whole: true,
    })
    expect(parseOptions(['--help'])).toBeNull()
    for (const args of [['--clients', '1'], ['--capacity', 'x'], ['--clients='], ['--herds', '3']]) {
      expect(() => parseOptions(args), args.join(' ')).toThrow(UsageError)
    }
  })
})
