import { describe, expect, it } from 'vitest'
import { joined, question, said, scripted } from '../support/scripted-server.js'

/** A server that never answers the joins of one conversation, and a page that shows that one and another one. */
async function beside(between: number | null) {
  const s = scripted({
    'chat:join': ({ conversation_id }) => (conversation_id === 'hung' ? undefined : joined({})),
  })
  s.client.conversation('hung').subscribe(() => {})
  s.conversation.subscribe(() => {})
  for (let offset = 1, at = 0; at < 300_000; at += between ?? 300_000) {
    await s.clock.advance(between ?? 300_000)
    if (between !== null) s.push(said(offset++, { type: 'message', message: question(`q${offset}`) }))
  }
  return s
}

describe('a conversation whose join is never answered', () => {
  it.each([
    ['ten times a second', 100],
    ['once a minute', 60_000],
    ['never', null],
  ])(
    'does not replace the connection of another one to which something is pushed: %s',
    async (_name, between) => {
      const { handshakes, asked } = await beside(between)
      expect(handshakes()).toBeLessThanOrEqual(2)
      expect(
        asked('chat:join').filter(({ payload }) => payload.conversation_id === 'hung').length,
      ).toBeGreaterThan(9)
    },
  )

  it('replaces the connection over which nothing arrives at all', async () => {
    const s = scripted({ 'chat:join': () => undefined })
    s.conversation.subscribe(() => {})
    await s.clock.advance(60_000)
    expect(s.handshakes()).toBeGreaterThan(3)
  })
})
