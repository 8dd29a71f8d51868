import { ConversationHandler } from '../../../examples/mock-server/conversation-handler.js'
import { MemoryLog } from '../../../examples/mock-server/conversation-log.js'
import type { Responder } from '../../../examples/mock-server/responder.js'

export const wordsPerAnswer = 20

const responder: Responder = {
  async *respond() {
    for (let word = 0; word < wordsPerAnswer; word++) yield { type: 'text', text: 'word ' }
  },
}

const inOneConversation = 10

/**
 * Microseconds of one task: a message is stored, an answer of {@link wordsPerAnswer} words streamed, each of its events
 * stored and published. Conversations are short, and one task runs at a time.
 */
export async function taskCost(tasks: number): Promise<number> {
  let ended = () => {}
  const handler = new ConversationHandler({
    log: new MemoryLog(),
    responder,
    publish: (_key, events) => {
      if (events.some(({ type }) => type === 'finish')) ended()
    },
  })
  await handler.start()
  const begin = performance.now()
  for (let index = 0; index < tasks; index++) {
    const over = new Promise<void>((resolve) => {
      ended = resolve
    })
    await handler.send('user', {
      conversation_id: `c${Math.floor(index / inOneConversation)}`,
      task_id: `t${index}`,
      input: {
        kind: 'message',
        message: {
          id: `m${index}`,
          role: 'user',
          parts: [{ type: 'text', text: 'hello' }],
          created_at: '2026-01-01T00:00:00.000Z',
        },
      },
    })
    await over
  }
  const ms = performance.now() - begin
  await handler.close({ drainMs: 0 })
  return (ms * 1000) / tasks
}
