import { renderToString } from 'react-dom/server'
import { describe, expect, it, vi } from 'vitest'
import { ChatProvider, useChatActions, useConnection, useMessage } from '../../src/react/index.js'
import { Chat, setUpPage } from './chat-page.js'

const empty =
  '<section aria-label="demo"><p role="status">idle, ready</p><ol></ol><button type="button">Send</button></section>'

/** Uses every hook that {@link Chat} does not. */
function Rest() {
  useChatActions('demo')
  return `${useConnection().status}, ${useMessage('demo', 'none')?.id ?? 'no message'}`
}

describe('rendering on a server', () => {
  it('needs no window, no network, no timer and no storage', () => {
    expect(typeof window).toBe('undefined')
    const { client, clock, network } = setUpPage()
    const timers = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'setInterval')]
    const html = renderToString(
      <ChatProvider client={client}>
        <Chat />
        <Rest />
      </ChatProvider>,
    )
    expect(html).toBe(`${empty}idle, no message`)
    for (const timer of timers) {
      expect(timer).not.toHaveBeenCalled()
      timer.mockRestore()
    }
    expect(clock.pending).toBe(0)
    expect(network.handshakes).toHaveLength(0)
    expect(client.getSnapshot().connection.status).toBe('idle')
  })

  it('gives every request the same, whatever its client knows, because the browser begins from there', async () => {
    const { client, conversation, clock } = setUpPage({ responder: { words: 1 } })
    conversation.sendMessage('Hello')
    await clock.advance(1000)
    expect(conversation.getSnapshot().messages).toHaveLength(2)
    const html = renderToString(
      <ChatProvider client={client}>
        <Chat />
      </ChatProvider>,
    )
    expect(html).toBe(empty)
  })
})
