import { describe, expect, it } from 'vitest'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import { joined, question, refused, scripted, snapshot } from '../support/scripted-server.js'
import { ownerOf } from '../support/stored.js'
import { VirtualClock } from '../support/virtual-clock.js'

/** A page that finds in its storage a task whose attempt has failed while no page was there. */
async function reloadedAfter(error: object) {
  const storage = memoryOutbox()
  const message = question('u1')
  await storage.put({
    version: 1,
    ...ownerOf('ann'),
    queue: 'q',
    conversationId: 'demo',
    taskId: 't1',
    input: { kind: 'message', message: message as never },
    createdAt: new Date(new VirtualClock().now()).toISOString(),
  })
  const failed = { task_id: 't1', attempt: 1, state: 'failed', error: refused(error).error }
  const messages = [{ ...message, task_id: 't1' }]
  const setup = scripted(
    { 'chat:join': () => joined({ offset: 2, snapshot: snapshot(2, { messages, tasks: [failed] }) }) },
    { identity: 'ann', storage },
  )
  setup.conversation.subscribe(() => {})
  return setup
}

describe('an attempt that failed while the page was not there', () => {
  it('is followed by the next one as late as the server advised', async () => {
    const { clock, asked } = await reloadedAfter({ retry_after_ms: 7000 })
    await clock.advance(6900)
    expect(asked('chat:retry')).toEqual([])
    await clock.advance(5000)
    expect(asked('chat:retry').map(({ payload }) => payload.attempt)).toEqual([2])
  })

  it.each([
    ['the server says that repeating is of no use', { retryable: false, error_code: 'validation' }],
    ['the server advises against it', { retry_after_ms: -1 }],
  ])('is not followed by another one where %s, until the person asks', async (_why, error) => {
    const { clock, conversation, asked } = await reloadedAfter(error)
    await clock.advance(60_000)
    expect(asked('chat:retry')).toEqual([])
    expect(conversation.getSnapshot().messages[0]?.status).toBe('failed')
    conversation.retry('t1')
    await clock.advance(1000)
    expect(asked('chat:retry')).toHaveLength(1)
  })
})
