import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { refused, scripted } from '../support/scripted-server.js'
import { setUp } from '../support/set-up.js'

setFlagsFromString('--expose_gc')
const collectGarbage = runInNewContext('gc') as () => void

it('a listener given with on() hears of what is sent later, though nobody keeps the conversation in between', async () => {
  const { client, clock } = setUp()
  const heard: string[] = []
  const listen = () =>
    void client.conversation('other').on('finish', (message) => void heard.push(message.status))
  listen()
  await clock.advance(1000)
  collectGarbage()
  await clock.advance(1000)
  const task = client.conversation('other').sendMessage('Hello')
  await clock.advance(2000)
  await task.finished
  expect(heard).toEqual(['complete'])
})

it('a message that failed is still there after the page has left its conversation for long', async () => {
  const { client, clock } = scripted(
    { 'chat:send': () => refused({ error_code: 'validation', code: 'invalid_message', retryable: false }) },
    { gcTime: 1000 },
  )
  const write = async () => {
    const conversation = client.conversation('other')
    const leave = conversation.subscribe(() => {})
    conversation.sendMessage('Hello')
    await clock.advance(5000)
    leave()
  }
  client.connect()
  await clock.advance(1000)
  await write()
  await clock.advance(5000)
  collectGarbage()
  await clock.advance(1000)
  const [message] = client.conversation('other').getSnapshot().messages
  expect(message?.status).toBe('failed')
  await client.close()
})

it('a server that refuses to be left does no harm', async () => {
  const unhandled: unknown[] = []
  const record = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', record)
  const { client, clock, asked } = scripted({ 'chat:leave': () => refused({}) }, { gcTime: 1000 })
  const leave = client.conversation('other').subscribe(() => {})
  await clock.advance(1000)
  leave()
  await clock.advance(5000)
  expect(asked('chat:leave')).toHaveLength(1)
  expect(unhandled).toEqual([])
  process.off('unhandledRejection', record)
  await client.close()
})
