import { saying, WireClient } from '../../support/wire-client.js'
import { startNodes } from '../server/measure.js'

export const leaseMs = 3000

/**
 * An answer is being written on one node; that node is killed, or stopped cleanly.
 *
 * @returns milliseconds from then until a reader of another node is told that the answer was interrupted
 */
export async function timeTakeOver(
  redisUrl: string,
  how: 'kill' | 'stop',
  conversation: string,
): Promise<number> {
  const stream = { conversations: 0, chunks: 100_000, perSecond: 100 }
  const nodes = await startNodes({ contender: 'redis', redisUrl, leaseMs, stream }, 2)
  const [first, second] = nodes
  if (!first || !second) throw new RangeError('unable to measure; there are no nodes')
  const auth = { protocol: 1, token: 'reader' }
  const [asker, reader] = [new WireClient(first.url, auth), new WireClient(second.url, auth)]
  try {
    await Promise.all([asker.connected(), reader.connected()])
    await reader.ask('chat:join', { conversation_id: conversation, after: null })
    await asker.request('chat:send', {
      conversation_id: conversation,
      task_id: `t-${conversation}`,
      input: saying(`m-${conversation}`, 'Go'),
    })
    await reader.event(({ type }) => type === 'delta')
    const begin = performance.now()
    first[how]()
    await reader.event(({ type }) => type === 'error')
    return performance.now() - begin
  } finally {
    asker.close()
    reader.close()
    for (const node of nodes) await node.end()
  }
}
