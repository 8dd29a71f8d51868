import { ChatClient } from 'reconvene'
import { inPageServer, nameOf } from '../../support/page/in-page-server.js'

export const conversationId = nameOf(0)

/** Each delta is as long as this word, so that a text's length says how many deltas it has. */
export const word = 'word '

const history = Array.from({ length: 10 }, (_, index) => ({
  id: `message-${index}`,
  role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
  text: `What was said before, ${index}.`,
}))

// A worker keeps the pace while the page is busy, as a server does; each delta is a task of its own.
const pacemaker = `onmessage = ({ data: rate }) => {
  const begin = performance.now()
  let sent = 0
  setInterval(() => {
    for (const due = ((performance.now() - begin) / 1000) * rate; sent < due; sent++) postMessage(null)
  }, 2)
}`

/** A client whose conversation holds some messages, and an answer that can be streamed into it. */
export async function startStream() {
  const server = inPageServer({ history, keepsLog: true })
  const client = new ChatClient({ url: 'http://server.test', transport: server.transport })
  const conversation = client.conversation(conversationId)
  const release = conversation.subscribe(() => {})
  while (conversation.getSnapshot().messages.length < history.length)
    await new Promise((resolve) => setTimeout(resolve, 5))
  server.push(0, { type: 'start', attempt: 1 })
  release()
  /** When each delta arrived. */
  const pushedAt: number[] = []
  return {
    server,
    client,
    pushedAt,
    /** Streams `rate` deltas a second. @returns how to end it. */
    begin(rate: number): () => void {
      if (rate === 0) return () => {}
      const worker = new Worker(URL.createObjectURL(new Blob([pacemaker])))
      worker.onmessage = () => {
        pushedAt.push(performance.now())
        server.push(0, { type: 'delta', part: 0, text: word })
      }
      worker.postMessage(rate)
      return () => worker.terminate()
    },
    close: () => client.close(),
  }
}

export type Stream = Awaited<ReturnType<typeof startStream>>
