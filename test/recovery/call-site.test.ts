import { describe, expect, it } from 'vitest'
import { ErrorRecoveryManager } from '../../src/recovery/error-recovery-manager.js'

async function failInATimer() {
  await new Promise((resolve) => setTimeout(resolve, 1))
  throw new Error('no frames of the caller')
}

function loadTheProfile(manager: ErrorRecoveryManager) {
  return manager.executeWithRetry('task', failInATimer, { maxAttempts: 1 })
}

describe('the stack of a failure', () => {
  it('shows who asked for what failed', async () => {
    const error = (await loadTheProfile(new ErrorRecoveryManager()).catch((error) => error)) as Error
    expect(error.stack).toContain('loadTheProfile')
    expect(error.stack).toContain('call-site.test.ts')
  })

  it('does not grow if one error ends many calls of one place', async () => {
    const thrown = (await loadTheProfile(new ErrorRecoveryManager()).catch((error) => error)) as Error
    const stacks = new Set<string | undefined>()
    for (let call = 0; call < 5; call++) {
      const manager = new ErrorRecoveryManager()
      await manager.executeWithRetry('task', () => Promise.reject(thrown), { maxAttempts: 1 }).catch(() => {})
      if (call > 0) stacks.add(thrown.stack)
    }
    expect(stacks.size).toBe(1)
  })

  it('is left alone if the error is frozen', async () => {
    const thrown = Object.freeze(
      (await loadTheProfile(new ErrorRecoveryManager()).catch((error) => error)) as Error,
    )
    const call = new ErrorRecoveryManager().executeWithRetry('task', () => Promise.reject(thrown), {
      maxAttempts: 1,
    })
    await expect(call).rejects.toBe(thrown)
  })
})
