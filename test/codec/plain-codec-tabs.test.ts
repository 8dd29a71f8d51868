import { expect, it } from 'vitest'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import { MemoryBrowser } from '../support/memory-browser.js'
import { plainServer } from '../support/plain-server.js'

it('a message that one tab has sent to an old server is not sent again by another one when the first is put away', async () => {
  const server = plainServer()
  const { clock, asked } = server
  const storage = memoryOutbox()
  const browser = new MemoryBrowser()
  const open = () => {
    const tab = browser.openTab(server.transport)
    const { tabs, page, transport } = tab
    return { tab, ...server.open({ identity: 'ann', storage, tabs, page, transport }) }
  }
  const [one] = [open(), open()]
  await clock.advance(100)
  one.conversation.sendMessage('Pay 100 euro')
  await clock.advance(1000)
  expect(asked()).toEqual(['Pay 100 euro'])
  one.tab.freeze()
  await clock.advance(10_000)
  expect(asked()).toEqual(['Pay 100 euro'])
})
