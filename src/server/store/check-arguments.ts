import { checkName, checkOption } from '../../shared/check-option.js'
import type { Step } from './step.js'
import type { Compaction, ReadOptions } from './store.js'

/**
 * The checks of a step that every store makes first.
 *
 * @throws RangeError that names the field.
 */
export function checkStep(step: Step): void {
  require(Number.isFinite(step.at), 'at')
  require(step.keepMs === undefined || (step.keepMs >= 0 && step.keepMs < Number.POSITIVE_INFINITY), 'keepMs')
  if (step.kind === 'accept') {
    require(step.tasks.some(({ taskId }) => taskId === step.taskId), 'taskId')
    return
  }
  const { lease } = step
  if (lease) require(isCount(lease.fence) && isCount(lease.seq), 'lease')
}

const isCount = (value: number) => Number.isSafeInteger(value) && value > 0

function require(holds: boolean, field: string) {
  if (!holds) throw new RangeError(`unable to append a step; its ${field} is not valid`)
}

/** @throws TypeError, RangeError that name the argument. */
export function checkRead({ max, after }: ReadOptions): void {
  if (max !== undefined) checkCount('max', max)
  if (after) checkCount('after.end', after.end)
}

export const checkCount = (name: string, value: unknown): void =>
  checkOption(
    name,
    value,
    'number',
    'a whole number of at least 0, or Infinity',
    (n) => n >= 0 && Math.floor(n) === n,
  )

/** @throws TypeError, RangeError that name the argument. */
export function checkLease(node: unknown, ttlMs: unknown): void {
  checkName('node', node)
  checkTtl(ttlMs)
}

export const checkTtl = (ttlMs: unknown): void =>
  checkOption(
    'ttlMs',
    ttlMs,
    'number',
    'milliseconds above 0',
    (ms) => ms > 0 && ms < Number.POSITIVE_INFINITY,
  )

/** @throws TypeError, RangeError that name the field. */
export function checkCompaction({ base, offset, order }: Compaction): void {
  checkOffset('base', base)
  checkOffset('offset', offset)
  checkOffset('order.keep', order.keep)
}

const checkOffset = (name: string, value: unknown) =>
  checkOption(name, value, 'number', 'a whole number', Number.isSafeInteger)
