import { expect, it } from 'vitest'
import type { LiveConversation } from '../../src/conversation/live-conversation.js'
import { MessageListeners } from '../../src/react/message-listeners.js'
import { setUp } from '../support/set-up.js'

/** Two questions, the second of which is being answered; `told` counts what each message's listener hears from now on. */
async function beingAnswered() {
  const { clock, client, conversation } = setUp({ responder: { words: 20, pace: 100 } })
  const leave = conversation.subscribe(() => {})
  conversation.sendMessage('first')
  await clock.advance(5000)
  conversation.sendMessage('second')
  await clock.advance(500)
  const ids = conversation.getSnapshot().messages.map(({ id }) => id)
  leave()
  const listeners = new MessageListeners(conversation)
  const told = new Map(ids.map((id) => [id, 0]))
  const undo = ids.map((id) => listeners.add(id, () => told.set(id, (told.get(id) ?? 0) + 1)))
  return { clock, client, conversation, told, undo, answer: ids[3] ?? '' }
}

it('while an answer streams, its own row is the only one that is told', async () => {
  const { clock, client, told, answer } = await beingAnswered()
  await clock.advance(1000)
  expect(told.size).toBe(4)
  expect([...told].filter(([, times]) => times > 0).map(([id]) => id)).toEqual([answer])
  expect(told.get(answer)).toBeGreaterThanOrEqual(9)
  await client.close()
})

it('rows whose messages are gone are told, and those before them are not', async () => {
  const { clock, client, conversation, told } = await beingAnswered()
  await clock.advance(5000)
  const [first, , third] = conversation.getSnapshot().messages
  for (const id of told.keys()) told.set(id, 0)
  if (third) conversation.editMessage(third.id, 'changed')
  await clock.advance(16)
  expect([...told.values()].map((times) => times > 0)).toEqual([false, false, true, true])
  expect(conversation.getSnapshot().messages[0]).toBe(first)
  await client.close()
})

it('rows that are gone hear nothing, and the last one lets go of the conversation', async () => {
  const { clock, client, conversation, told, undo } = await beingAnswered()
  for (const stop of undo) stop()
  const before = [...told.values()]
  await clock.advance(5000)
  expect([...told.values()]).toEqual(before)
  expect((conversation as LiveConversation).isInteresting).toBe(false)
  await client.close()
})
