import { parseArgs } from 'node:util'

/** What is wrong with the command line, in one line fit to be printed. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const usage = `Usage: npm run herd -- [options]

  --clients N   how many are connected when the server restarts (10000)
  --capacity N  handshakes a second that the server admits after it (500)
  --whole       without the server's advice as many too; takes minutes
  --help        this text`

const limits = { clients: [10_000, 10, 50_000], capacity: [500, 5, 50_000] } as const

export type HerdCliOptions = { readonly [Name in keyof typeof limits]: number } & { readonly whole: boolean }

/** @returns null where `--help` was asked for. @throws UsageError */
export function parseOptions(args: readonly string[]): HerdCliOptions | null {
  const text = { type: 'string' } as const
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        clients: text,
        capacity: text,
        whole: { type: 'boolean', default: false },
        help: { type: 'boolean' },
      },
    })
    if (values.help) return null
    const { whole } = values
    return {
      clients: number('clients', values.clients),
      capacity: number('capacity', values.capacity),
      whole,
    }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function number(name: keyof typeof limits, text: string | undefined): number {
  const [usual, least, most] = limits[name]
  if (text === undefined) return usual
  const value = Number(text)
  if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value
  throw new RangeError(
    `unable to use --${name}; expected a whole number from ${least} to ${most}, got ${text}`,
  )
}
