export interface ServerAddress {
  /** The client's `url`, in any form that socket.io-client takes. */
  readonly url: string
  /** Where Socket.IO listens on the host: servers of one host may differ in it alone. @default '/socket.io' */
  readonly path?: unknown
  /** Names the language that the server speaks, if it has a name: its events do otherwise. */
  readonly codec: { readonly name?: string | undefined; readonly events: readonly string[] }
}

/**
 * Names a server, so that two spellings of one address give the same name. The query is no part of it: a token may stand
 * there, and changes.
 *
 * @param page the address of the page, from which socket.io-client completes a short URL
 */
export function serverKey({ url, path, codec }: ServerAddress, page = pageAddress()): string {
  const socketPath = typeof path === 'string' ? path.replace(/\/$/, '') : '/socket.io'
  const { name = [...codec.events].sort().join(' ') } = codec
  return JSON.stringify([...originAndNamespace(url, page), socketPath, name])
}

function originAndNamespace(url: string, page: string): readonly string[] {
  try {
    const { origin, pathname } = new URL(withProtocol(url, page), page)
    return [origin, pathname]
  } catch {
    // A transport of the app's own may take an address of its own form.
    return [url]
  }
}

/** Socket.IO takes `ws:` for `http:`, `/name` for a namespace of the page's host, and `host` for an address too. */
function withProtocol(url: string, page: string): string {
  if (url.startsWith('/')) return url
  if (/^wss?:\/\//i.test(url)) return url.replace(/^ws/i, 'http')
  return /^https?:\/\//i.test(url) ? url : `${new URL(page).protocol}//${url}`
}

/** Outside browsers a host without a protocol means `https:`, as for socket.io-client. */
const pageAddress = (): string =>
  typeof location === 'undefined' || !location.protocol.startsWith('http')
    ? 'https://localhost'
    : location.href
