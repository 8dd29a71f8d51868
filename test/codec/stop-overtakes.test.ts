import { expect, it } from 'vitest'
import { scripted } from '../support/scripted-server.js'

it('a stop leaves at once although more messages than may be on their way are unanswered', async () => {
  const { clock, client, asked } = scripted({ 'chat:send': () => undefined })
  const conversations = Array.from({ length: 14 }, (_, n) => client.conversation(`c${n}`))
  for (const conversation of conversations) conversation.subscribe(() => {})
  await clock.advance(5000)
  for (const conversation of conversations) conversation.sendMessage('Hello')
  await clock.advance(100)
  expect(asked('chat:send')).toHaveLength(10)
  void conversations[0]?.stop()
  await clock.advance(0)
  expect(asked('chat:stop')).toHaveLength(1)
  expect(asked('chat:send')).toHaveLength(10)
  await client.close()
})
