import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { ClusterState } from './cluster.js'

/** The cluster's state as the page shows it. */
export interface ShownState extends ClusterState {
  /** The nodes that write an answer now. */
  readonly answering: readonly string[]
}

/** The page's actions on the cluster. @returns whether there was something to do it to */
export interface ClusterActions {
  readonly state: () => ShownState
  readonly kill: () => Promise<boolean>
  readonly pause: () => boolean
  readonly restartRedis: () => Promise<boolean>
}

/** Milliseconds between two looks at the cluster. */
const lookEveryMs = 100

/** Pages that watch at the same time, at most. */
const maxWatchers = 20

export interface ClusterControl {
  /** Whether the request was for the control, and was answered. */
  readonly handle: (...request: Parameters<RequestListener>) => boolean
  close(): void
}

/**
 * Lets the demo's own page watch the cluster and harm it: `GET /cluster/state` as a stream of events, and
 * `POST /cluster/kill`, `/cluster/pause` and `/cluster/redis`. Pages of other origins are refused, also those that reach this machine
 * under another name.
 */
export function clusterControl(actions: ClusterActions): ClusterControl {
  const watchers = new Set<ServerResponse>()
  let told = ''
  const timer = setInterval(() => {
    const now = JSON.stringify(actions.state())
    if (now === told) return
    told = now
    for (const watcher of watchers) watcher.write(`data: ${now}\n\n`)
  }, lookEveryMs)

  function watch(response: ServerResponse) {
    if (watchers.size >= maxWatchers) return void response.writeHead(503).end()
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(`data: ${JSON.stringify(actions.state())}\n\n`)
    watchers.add(response)
    response.once('close', () => watchers.delete(response))
  }

  async function act(action: () => Promise<boolean> | boolean, response: ServerResponse) {
    const isDone = await action()
    response.writeHead(isDone ? 204 : 409).end()
  }

  const posts: Readonly<Record<string, () => Promise<boolean> | boolean>> = {
    '/cluster/kill': actions.kill,
    '/cluster/pause': actions.pause,
    '/cluster/redis': actions.restartRedis,
  }
  return {
    handle(request, response) {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost')
      if (!pathname.startsWith('/cluster/')) return false
      if (!isFromOwnPage(request)) response.writeHead(403).end()
      else if (request.method === 'GET' && pathname === '/cluster/state') watch(response)
      else if (request.method === 'POST' && posts[pathname])
        act(posts[pathname], response).catch(() => response.writeHead(500).end())
      else response.writeHead(404).end()
      return true
    },
    close() {
      clearInterval(timer)
      for (const watcher of watchers) watcher.end()
    },
  }
}

/** A browser names the page's origin with each POST, and the name that it used for this machine with each request. */
function isFromOwnPage({ headers, method }: IncomingMessage): boolean {
  const { host = '', origin } = headers
  const isHere = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host)
  const isOwn = origin === `http://${host}` || (origin === undefined && method === 'GET')
  return isHere && isOwn
}
