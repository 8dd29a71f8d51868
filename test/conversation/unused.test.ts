import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
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
