import { expect, it } from 'vitest'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import { accepted, scripted } from '../support/scripted-server.js'
import { settle } from '../support/virtual-clock.js'

it('forty messages that wait at once are no reason for Node to warn of a leak', async () => {
  const warnings: string[] = []
  const warned = ({ name }: Error) => warnings.push(name)
  process.on('warning', warned)
  const { clock, client, conversation, asked } = scripted(
    { 'chat:send': () => accepted(asked('chat:send').length) },
    { identity: 'ann', storage: memoryOutbox() },
  )
  client.disconnect()
  for (let n = 0; n < 40; n++) conversation.sendMessage(`message ${n}`)
  await clock.advance(1000)
  client.connect()
  await clock.advance(5000)
  expect(asked('chat:send')).toHaveLength(40)
  await client.close()
  await settle()
  process.off('warning', warned)
  expect(warnings).toEqual([])
})
