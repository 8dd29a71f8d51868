import type { HerdFigures } from './herd.js'

const whole = (figure: number) => Math.round(figure).toLocaleString('en')

/** One herd's figures as cells of a Markdown table. */
export function cells(figures: HerdFigures): string[] {
  const { clients, capacity, peak, peakOnceBack, allBack, attemptsPerClient } = figures
  const times = (count: number) => `${whole(count)} (${(count / capacity).toFixed(2)} ×)`
  return [
    whole(clients),
    times(peak),
    times(peakOnceBack),
    allBack === null ? 'not within 600 s' : `${(allBack / 1000).toFixed(1)} s`,
    attemptsPerClient.toFixed(1),
  ]
}

export const row = (texts: readonly string[]) => `| ${texts.join(' | ')} |`

export const header = [
  row([
    'outage',
    'clients of',
    'number',
    'peak second',
    'peak second once the server is back',
    'all back after',
    'attempts a client',
  ]),
  row(['---', '---', '--:', '--:', '--:', '--:', '--:']),
]
