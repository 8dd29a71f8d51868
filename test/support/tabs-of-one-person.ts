import { memoryOutbox } from '../../src/storage/memory-storage.js'
import { MemoryBrowser } from './memory-browser.js'
import { type Setup, setUp } from './set-up.js'

/** The tabs of one browser, all of one person, before one server. */
export function tabsOfOnePerson(responder: Setup['responder'] = { words: 1 }) {
  const storage = memoryOutbox()
  const browser = new MemoryBrowser()
  const setup = setUp({ client: { identity: 'ann', storage }, responder })
  const open = (options: { conversation?: string; identity?: string } = {}) => {
    const tab = browser.openTab(setup.network.transport)
    const { tabs, page, transport } = tab
    const { conversation: id = 'demo', ...more } = options
    const client = setup.makeClient({ tabs, page, transport, ...more })
    const conversation = client.conversation(id)
    conversation.subscribe(() => {})
    return { tab, client, conversation }
  }
  const goOffline = () => {
    setup.network.reachable = false
    setup.network.cut()
  }
  return { ...setup, storage, browser, open, goOffline }
}
