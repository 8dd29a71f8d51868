import { ChatClient } from '../../src/index.js'
import type { CorrectReport } from './orders.js'

const tabs = 12
const conversations = 100
const messages = 100

/**
 * One person with twelve tabs, each with the same hundred conversations open, who has written a hundred messages while
 * there was no network. No limit may cost this person anything but time.
 */
async function beCorrect(url: string, ms: number): Promise<CorrectReport> {
  const wrong = new Set<string>()
  const clients = Array.from(
    { length: tabs },
    () => new ChatClient({ url, auth: 'correct', socketOptions: { transports: ['websocket'] } }),
  )
  for (const client of clients)
    client.on('error', ({ error }) => wrong.add(`an error was told: ${error.code}`))
  const opened = clients.flatMap((client) =>
    Array.from({ length: conversations }, (_, n) => {
      const conversation = client.conversation(`c${n}`)
      conversation.subscribe(() => {})
      return conversation
    }),
  )
  const first = opened[0]
  if (!first) throw new TypeError('unable to begin; there is no conversation')
  let accepted = 0
  let answered = 0
  const all = Array.from({ length: messages }, (_, n) => {
    const task = first.sendMessage(`message ${n}`)
    task.accepted.then(
      () => {
        accepted += 1
      },
      (error: Error) => wrong.add(`a message was not accepted: ${error.message}`),
    )
    return task.finished.then(
      () => {
        answered += 1
      },
      (error: Error) => wrong.add(`a message was not answered: ${error.message}`),
    )
  })
  const others = opened.filter(({ id }) => id === 'c0')
  let timer: NodeJS.Timeout | undefined
  await Promise.race([Promise.all(all), new Promise((resolve) => (timer = setTimeout(resolve, ms)))])
  clearTimeout(timer)
  // Each tab shows what the first one has sent.
  const end = performance.now() + 5000
  const shows = () =>
    others.every((conversation) => conversation.getSnapshot().messages.length >= accepted + answered)
  while (!shows() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20))
  if (!shows()) wrong.add('a tab does not show what another tab has sent')
  if (accepted < messages) wrong.add(`only ${accepted} of ${messages} messages were accepted in time`)
  await Promise.all(clients.map((client) => client.close()))
  return { accepted, answered, wrong: [...wrong] }
}

process.on('disconnect', () => process.exit())
beCorrect(process.argv[2] ?? '', Number(process.argv[3])).then(
  (report) => process.send?.(report),
  (error: Error) => process.send?.({ accepted: 0, answered: 0, wrong: [error.message] }),
)
