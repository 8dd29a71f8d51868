import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { fileStore } from '../../../src/server/index.js'
import { conversationKey } from '../../../src/server/store/conversation-key.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Conversations after which the store's caches are full. */
export const warm = 10_000

function heap(): number {
  collect()
  return process.memoryUsage().heapUsed
}

/**
 * Stores so many conversations, each of one message, as the server does.
 *
 * @returns bytes of the heap that each conversation beyond the first `warm` has taken
 */
export async function fillFolder(folder: string, count: number): Promise<number> {
  const store = fileStore(folder, { maxOpenFiles: 16, maxCachedBytes: 1_000_000 })
  const at = Date.now()
  const atOnce = 200
  let before = 0
  for (let from = 0; from < count; from += atOnce) {
    if (from === warm) before = heap()
    await Promise.all(
      Array.from({ length: Math.min(atOnce, count - from) }, async (_, n) => {
        const key = conversationKey('reader', `c${from + n}`)
        const { position } = await store.read(key)
        const message = {
          id: 'm1',
          role: 'user' as const,
          parts: [{ type: 'text' as const, text: 'Hello' }],
          created_at: '',
        }
        const event = { type: 'message' as const, message }
        await store.append(key, { kind: 'decide', expect: position, at, events: [event], tasks: [] })
      }),
    )
  }
  const each = (heap() - before) / (count - warm)
  await store.close()
  return each
}
