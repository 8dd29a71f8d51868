import { fileStore } from '../../../src/server/index.js'
import { conversationKey } from '../../../src/server/store/conversation-key.js'

/** Stores so many conversations, each of one message, as the server does. */
export async function fillFolder(folder: string, count: number): Promise<void> {
  const store = fileStore(folder, { maxOpenFiles: 16, maxCachedBytes: 1_000_000 })
  const at = Date.now()
  const atOnce = 200
  for (let from = 0; from < count; from += atOnce)
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
  await store.close()
}
