// Uses the built package as an app does, against a mock server: node scripts/smoke.mjs http://localhost:3001
import { ChatClient, messageText } from 'reconvene'

const client = new ChatClient({ url: process.argv[2] ?? 'http://localhost:3001' })
const conversation = client.conversation('smoke')
let printed = ''
const print = (answer) => {
  process.stdout.write(messageText(answer).slice(printed.length))
  printed = messageText(answer)
}
conversation.subscribe(() => {
  const last = conversation.getSnapshot().messages.at(-1)
  if (last?.role === 'assistant') print(last)
})
print(await conversation.sendMessage('Hello').finished)
console.log()
await client.close()
