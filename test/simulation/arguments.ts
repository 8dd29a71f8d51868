import { parseArgs } from 'node:util'

export interface Arguments {
  readonly help: boolean
  readonly mutants: boolean
  readonly trace: boolean
  readonly runs: number
  readonly from: number
  /** One seed alone, with the steps of its schedule to keep; all where there are none. */
  readonly seed: number | null
  readonly keep: readonly number[] | null
}

export const usage = `npm run simulate -- [options]

  --runs N      how many worlds, each of its own seed            (default 2000)
  --from S      the first seed                                   (default 1)
  --seed S      one world alone, with its trace
  --keep 1,4,7  of that world's steps these alone, counted from 0
  --trace       print what happens in each world
  --mutants     show that deliberate bugs are found
  --help        print this`

/** @throws RangeError naming the option that is wrong; TypeError for one that there is not. */
export function readArguments(args: string[]): Arguments {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', default: false },
      mutants: { type: 'boolean', default: false },
      trace: { type: 'boolean', default: false },
      runs: { type: 'string', default: '2000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      keep: { type: 'string' },
    },
  })
  const { help, mutants, trace, runs, from, seed, keep } = values
  if (keep !== undefined && seed === undefined)
    throw new RangeError('unable to use --keep; it needs the --seed whose steps it keeps')
  return {
    help,
    mutants,
    trace,
    runs: wholeNumber('--runs', runs, 1),
    from: wholeNumber('--from', from, 0),
    seed: seed === undefined ? null : wholeNumber('--seed', seed, 0),
    keep: keep === undefined ? null : keep.split(',').map((one) => wholeNumber('--keep', one, 0)),
  }
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value
  throw new RangeError(`unable to use ${option} ${text}; it must be a whole number of at least ${least}`)
}
