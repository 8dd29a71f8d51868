import type { Respond } from 'reconvene/server'
import { type NodeSettings, serveNode } from './serve-node.js'

/**
 * Runs a node as the process that `NodeProcess` started: reads its settings, says its port, and ends with whoever started
 * it.
 */
export async function runNode(respondWith: (settings: NodeSettings) => Respond): Promise<void> {
  const settings: NodeSettings = JSON.parse(process.argv[2] ?? '{}')
  process.once('disconnect', () => process.exit(0))
  const node = await serveNode(settings, respondWith(settings))
  process.once('SIGTERM', () => {
    node.close({ drainMs: 500 }).then(
      () => process.exit(0),
      () => process.exit(1),
    )
  })
  process.send?.({ type: 'listening', port: node.port })
}
