import { once } from 'node:events'
import WebSocket from 'ws'

/** The commands that these tests need, with their results (W3C, "WebDriver BiDi"). */
interface Results {
  'session.new': unknown
  'browsingContext.create': { readonly context: string }
  'browsingContext.navigate': unknown
  'browsingContext.activate': unknown
  'browsingContext.reload': unknown
  'browsingContext.close': unknown
  'input.performActions': unknown
  'script.evaluate': {
    readonly type: 'success' | 'exception'
    readonly result: { readonly value: string }
    readonly exceptionDetails?: { readonly text: string }
  }
}

interface Answer {
  readonly id?: number | null
  readonly type: 'success' | 'error' | 'event'
  readonly result?: unknown
  readonly error?: string
  readonly message?: string
}

/** Commands over one WebSocket, answered in any order. */
export class BidiConnection {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #lastId = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data) => {
      const answer = JSON.parse(data.toString()) as Answer
      this.#take(answer.id ?? 0)?.(answer)
    })
    socket.on('close', () => {
      for (const id of this.#waiting.keys())
        this.#take(id)?.({ type: 'error', error: 'closed', message: 'the browser has gone' })
    })
  }

  static async open(url: string): Promise<BidiConnection> {
    const socket = new WebSocket(url)
    await once(socket, 'open')
    return new BidiConnection(socket)
  }

  /** @throws Error with what the browser says against the command. */
  send<Method extends keyof Results>(
    method: Method,
    params: Record<string, unknown>,
  ): Promise<Results[Method]> {
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ type, result, error, message }) => {
        if (type === 'success') resolve(result as Results[Method])
        else reject(new Error(`unable to do ${method}; ${error}: ${message}`))
      })
      this.#socket.send(JSON.stringify({ id, method, params }))
    })
  }

  #take(id: number): ((answer: Answer) => void) | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    return waiting
  }
}
