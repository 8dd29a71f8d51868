import type { Step } from './step.js'

/**
 * What every store asks of a step before anything else.
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
