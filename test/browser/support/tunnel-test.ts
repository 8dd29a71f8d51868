import { startTcpProxy } from '../../support/tcp-proxy.js'
import { test as base } from './chat-test.js'

/** The chat server goes out of reach; the page's own server does not, or no page could be loaded. */
export const test = base.extend('network', async ({ serve }, { onCleanup }) => {
  const serverUrl = await serve({ paceMs: 10 })
  const proxy = await startTcpProxy(serverUrl)
  onCleanup(() => proxy.close())
  return {
    url: proxy.url,
    /** Around the tunnel. */
    serverUrl,
    leave() {
      proxy.mode = 'refuse'
      proxy.cut()
    },
    comeBack() {
      proxy.mode = 'pass'
    },
  }
})
