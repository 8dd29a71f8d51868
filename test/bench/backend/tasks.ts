import { nanoid } from 'nanoid'
import { memoryStore } from '../../../src/server/index.js'
import { systemClock } from '../../../src/shared/clock.js'
import { MemoryServer } from '../../support/memory-server.js'

export const wordsPerAnswer = 20

const responder = {
  async *respond() {
    for (let word = 0; word < wordsPerAnswer; word++) yield 'word '
  },
}

const inOneConversation = 10

/**
 * Microseconds of one task: a message is stored, an answer of {@link wordsPerAnswer} words streamed, each of its events
 * stored and published. Conversations are short, and one task runs at a time.
 */
export async function taskCost(tasks: number): Promise<number> {
  let ended = () => {}
  const server = new MemoryServer({
    store: memoryStore(),
    responder,
    clock: systemClock,
    random: Math.random,
    createId: nanoid,
    push: (_key, events) => {
      if (events.some(({ type }) => type === 'finish')) ended()
    },
  })
  await server.start()
  const begin = performance.now()
  for (let index = 0; index < tasks; index++) {
    const over = new Promise<void>((resolve) => {
      ended = resolve
    })
    await server.send('user', {
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
  server.core.abandon()
  return (ms * 1000) / tasks
}
