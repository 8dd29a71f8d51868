import { protocolV1 } from '../../src/codec/protocol-v1.js'
import type { OutboxStorage, Owner, StoredIntent } from '../../src/storage/index.js'
import { serverKey } from '../../src/storage/server-key.js'

/** One person, as the clients of `setUp` store what they write. */
export const ownerOf = (identity: string): Owner => ({
  identity,
  server: serverKey({ url: 'http://server.test', codec: protocolV1 }),
})

/** All that a storage holds of one person. */
export async function storedBy(
  storage: Pick<OutboxStorage, 'overview' | 'load'>,
  identity: string,
): Promise<StoredIntent[]> {
  const owner = ownerOf(identity)
  const { queues } = await storage.overview(owner)
  return (await Promise.all(queues.map((queue) => storage.load(owner, queue)))).flat()
}
