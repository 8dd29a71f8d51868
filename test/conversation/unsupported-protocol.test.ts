import { describe, expect, it } from 'vitest'
import { accepted, joined, scripted } from '../support/scripted-server.js'

const silent = { 'chat:join': () => undefined, 'chat:send': () => undefined }

describe('a server that connects and answers nothing', () => {
  it('is said once to speak another protocol, in each of the three places, while the message waits', async () => {
    const { client, conversation, clock } = scripted(silent)
    const told: string[] = []
    conversation.on('error', ({ code }) => void told.push(code))
    client.on('error', ({ error }) => void told.push(`client: ${error.code}`))
    conversation.subscribe(() => {})
    const task = conversation.sendMessage('Hello')
    await clock.advance(300_000)
    const { error, messages } = conversation.getSnapshot()
    expect(error).toMatchObject({
      code: 'unsupported_protocol',
      userMessage: 'The page is out of date. Please reload the page and try again.',
    })
    expect(error?.message).toContain('plainCodec')
    expect(told).toEqual(['unsupported_protocol', 'client: unsupported_protocol'])
    expect(messages.map(({ status }) => status)).toEqual(['queued'])
    task.finished.catch(() => {})
  })

  it('is no longer said so once it answers, and the message arrives', async () => {
    const { conversation, clock, rewrite } = scripted(silent)
    conversation.subscribe(() => {})
    const task = conversation.sendMessage('Hello')
    await clock.advance(60_000)
    expect(conversation.getSnapshot().error?.code).toBe('unsupported_protocol')
    rewrite({ 'chat:join': () => joined({}), 'chat:send': () => accepted(1) })
    await clock.advance(60_000)
    await task.accepted
    expect(conversation.getSnapshot()).toMatchObject({ error: null, isLoading: false })
    task.finished.catch(() => {})
  })

  it('is not said so after one silence, which may be the network’s', async () => {
    const { conversation, clock } = scripted(silent)
    conversation.subscribe(() => {})
    await clock.advance(11_000)
    expect(conversation.getSnapshot().error).toBeNull()
  })
})

it('a server that has answered before and falls silent is not said to speak another protocol', async () => {
  const { conversation, clock, rewrite, cut } = scripted()
  const told: string[] = []
  conversation.on('error', ({ code }) => void told.push(code))
  conversation.subscribe(() => {})
  await clock.advance(100)
  rewrite(silent)
  cut()
  await clock.advance(300_000)
  expect(told).toEqual([])
})
