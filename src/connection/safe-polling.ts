import { Fetch, NodeWebSocket, WebTransport } from 'socket.io-client'

// Milliseconds in which a server that is there answers a goodbye, and with it the poll that waits.
const goodbyeTimeout = 5000

/**
 * HTTP long-polling that never carries the token to another origin, and leaves no request behind. XMLHttpRequest follows a
 * 307 or 308 by itself and repeats the body, and the token is in the body of the first POST. (RFC 9110, 15.4.8 and 15.4.9.)
 */
export class SafePolling extends Fetch {
  /** Ends every request that is under way. */
  readonly #underWay = new AbortController()

  /**
   * A browser makes only a few connections to one server at a time, and a request without an answer would hold one of them for
   * minutes. A handshake that is given up lets go of its request at once; a session first says goodbye.
   */
  override doClose(): void {
    const letGo = () => this.#underWay.abort()
    if (this.readyState === 'opening') letGo()
    else {
      super.doClose()
      AbortSignal.timeout(goodbyeTimeout).addEventListener('abort', letGo)
    }
  }

  override doPoll(): void {
    this.#exchange('read', undefined, (text) => this.onData(text))
  }

  override doWrite(data: string, done: () => void): void {
    this.#exchange('write', data, done)
  }

  #exchange(what: 'read' | 'write', body: string | undefined, done: (text: string) => void): void {
    const { extraHeaders = {}, withCredentials, requestTimeout } = this.opts
    const failed = `fetch ${what} error`
    const isPost = body !== undefined
    const headers = new Headers(extraHeaders)
    if (isPost) headers.set('content-type', 'text/plain;charset=UTF-8')
    // Node keeps no cookies by itself; browsers have no jar here.
    const jar = this.socket._cookieJar
    jar?.appendCookies(headers)
    fetch(this.uri(), {
      method: isPost ? 'POST' : 'GET',
      body: body ?? null,
      headers,
      // No GET carries the token, but the app may have put one into a header, and `fetch` takes headers along to another origin.
      // A redirect of the first GET ends the handshake before any POST.
      redirect: isPost || Object.keys(extraHeaders).length > 0 ? 'manual' : 'follow',
      // As XMLHttpRequest does: a load balancer's cookie reaches the page's own origin.
      credentials: withCredentials ? 'include' : 'same-origin',
      // A request with a time limit of its own ends by itself.
      signal: requestTimeout ? AbortSignal.timeout(requestTimeout) : this.#underWay.signal,
    })
      .then(async (response) => {
        jar?.parseCookies(response.headers.getSetCookie())
        if (isRefusedRedirect(response) || !isSameOrigin(response.url, this.uri())) throw new Redirected()
        const responseText = await response.text()
        if (response.ok) done(responseText)
        else this.onError(failed, response.status, { responseText, headers: response.headers })
      })
      .catch((error: unknown) => this.onError(failed, error))
  }
}

/** The server answered with a redirect that polling must not follow. */
class Redirected extends Error {
  override readonly name = 'Redirected'
}

/** Browsers hide the status of a redirect that is not followed (0); Node shows the status itself. */
const isRefusedRedirect = ({ type, status }: Response): boolean =>
  type === 'opaqueredirect' || (status >= 300 && status < 400)

/** A response without a URL, as a test or a service worker makes one, was not redirected. */
const isSameOrigin = (url: string, asked: string): boolean =>
  url === '' || new URL(url).origin === new URL(asked).origin

const transports = { polling: SafePolling, websocket: NodeWebSocket, webtransport: WebTransport }

// Node's TLS and proxy options, which `fetch` does not take.
const nodeOnly = ['agent', 'ca', 'cert', 'ciphers', 'key', 'passphrase', 'pfx', 'rejectUnauthorized']

/**
 * socket.io-client's options with {@link SafePolling} in the place of its own polling. Transports that the app made itself
 * stay, and so does polling with one of Node's TLS options: there a redirect takes the app's `extraHeaders` along, though not the token.
 */
export function withSafePolling(
  options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const names: unknown = options.transports ?? Object.keys(transports)
  if (!Array.isArray(names) || nodeOnly.some((name) => name in options)) return options
  const isKnown = (name: keyof typeof transports) => Object.hasOwn(transports, name)
  return names.every(isKnown)
    ? { ...options, transports: names.map((name) => transports[name as 'polling']) }
    : options
}
