import { expect, it } from 'vitest'
import { ChatClient, memoryStorage, plainCodec } from '../../src/index.js'
import { MemoryBrowser } from '../support/memory-browser.js'
import { seededRandom } from '../support/random.js'
import { VirtualClock } from '../support/virtual-clock.js'

const codec = plainCodec({
  events: ['message'],
  encode: ({ input }) =>
    input.kind === 'message'
      ? { event: 'chat', payload: (input.message.parts[0] as { text: string }).text }
      : null,
  decode: (_event, payload) => [{ type: 'text', text: String(payload) }],
})

it('a message that one tab has sent to an old server is not sent again by another one when the first is put away', async () => {
  const clock = new VirtualClock()
  const storage = memoryStorage()
  const browser = new MemoryBrowser()
  const emitted: unknown[] = []
  const open = () => {
    const tab = browser.openTab(({ handlers }) => ({
      open: () => handlers.connected(),
      close: () => {},
      emit: (_e, payload) => void emitted.push(payload),
    }))
    const client = new ChatClient({
      url: 'http://old.test',
      codec,
      clock,
      random: seededRandom(1),
      locale: 'en',
      identity: 'ann',
      storage,
      tabs: tab.tabs,
      page: tab.page,
      transport: tab.transport,
    })
    const conversation = client.conversation('demo')
    conversation.subscribe(() => {})
    return { tab, conversation }
  }
  const [one] = [open(), open()]
  await clock.advance(100)
  one.conversation.sendMessage('Pay 100 euro')
  await clock.advance(1000)
  expect(emitted).toEqual(['Pay 100 euro'])
  one.tab.freeze()
  await clock.advance(10_000)
  expect(emitted).toEqual(['Pay 100 euro'])
})
