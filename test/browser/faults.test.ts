import { describe, expect } from 'vitest'
import { textsEn } from '../../examples/mock-server/script-texts.js'
import { test } from './support/chat-test.js'
import { demoPages } from './support/demo-urls.js'
import { readFromServer } from './support/server-log.js'

interface FaultCase {
  readonly button: string
  /** What the page says meanwhile, in this order, among other things. */
  readonly says: readonly string[]
  readonly breaksConnections?: boolean
}

const secondAttempt = 'Attempt 2 of 3'

/** Faults that nobody has to do anything about. The restart has tests of its own, because it hits everyone. */
const passing: readonly FaultCase[] = [
  { button: 'Cut while writing', says: ['Writing', 'Reconnecting', 'Connected'], breaksConnections: true },
  { button: 'Dead connection', says: ['Reconnecting', 'Connected'], breaksConnections: true },
  { button: 'Lost request', says: ['The answer took too long', secondAttempt] },
  { button: 'Lost receipt', says: ['Writing'] },
  { button: 'Repeat events', says: ['Writing'] },
  { button: 'Skip events', says: ['Writing'] },
  { button: 'Slow answer', says: ['Thinking', 'Writing'] },
  { button: 'No answer', says: ['Thinking', 'The answer took too long', secondAttempt] },
  {
    button: 'Bare key error',
    says: ['The system is starting. Please try again in a moment.', secondAttempt],
  },
  { button: 'Connection reset', says: ['The connection failed. Please check your network.', secondAttempt] },
  {
    button: 'Rate limit',
    // A refusal with a time costs no attempt.
    says: ['Too many requests. Please wait a moment and try again.', 'Attempt 1 of 3', 'Retry now'],
  },
  { button: 'Token expired', says: ['Connecting', 'Connected'] },
]

const everythingSaid = '.connection output, .notice, .thinking, .message-status'

describe.each(demoPages)('on the $name page', (page) => {
  for (const { button, says, breaksConnections = false } of passing) {
    test.concurrent(`“${button}” is told in plain words and mends by itself`, async ({ open }) => {
      const chat = await open(page, { breaksConnections })
      await chat.cause(button)
      const said = await chat.recordTexts(everythingSaid)
      await chat.send('Hello')
      expect(await chat.wholeAnswer(0)).toBe(textsEn.echo('Hello'))
      await chat.connected()
      expect(inOrder(await said(), says)).toEqual(says)
      expect(await chat.alert.count()).toBe(0)
      expect(await chat.wait.count()).toBe(0)
      expect(await readFromServer(chat.whereabouts)).toEqual([
        'user: Hello (sent)',
        `assistant: ${textsEn.echo('Hello')} (complete)`,
      ])
    })
  }

  test.concurrent('“Unknown exception” ends with a reference to quote, and a retry that helps', async ({
    open,
  }) => {
    const chat = await open(page)
    await chat.cause('Unknown exception')
    const said = await chat.recordTexts(everythingSaid)
    await chat.send('Hello')
    await chat.button('Retry').waitFor()
    expect(inOrder(await said(), [secondAttempt, 'Attempt 3 of 3'])).toEqual([
      secondAttempt,
      'Attempt 3 of 3',
    ])
    expect(await chat.alert.innerText()).toMatch(
      /^Something unexpected happened\. Please try again later\.\s+Reference\s+[\w-]{8,}$/,
    )
    await chat.button('Retry').click()
    expect(await chat.wholeAnswer(0)).toBe(textsEn.echo('Hello'))
    expect(await chat.alert.count()).toBe(0)
  })

  test.concurrent('“Invalid input” offers to edit or remove the message, and no retry', async ({ open }) => {
    const chat = await open(page)
    await chat.cause('Invalid input')
    await chat.send('Hello')
    await chat.alert.waitFor()
    expect(await chat.alert.innerText()).toMatch(
      /^The message is not valid\. Please check it and try again\./,
    )
    expect(await chat.own(0).getByRole('button').allInnerTexts()).toEqual(['Edit', 'Remove'])
    await chat.button('Edit').click()
    await chat.page.getByRole('textbox', { name: 'Edit message' }).fill('Hello again')
    await chat.button('Save and send').click()
    await chat.wholeAnswer(0)
    expect(await chat.alert.count()).toBe(0)
    expect(await readFromServer(chat.whereabouts)).toEqual([
      'user: Hello again (sent)',
      `assistant: ${textsEn.echo('Hello again')} (complete)`,
    ])
  })

  test.concurrent('a refused message that is removed is gone', async ({ open }) => {
    const chat = await open(page)
    await chat.cause('Invalid input')
    await chat.send('Hello')
    await chat.button('Remove').click()
    await chat.own(0).waitFor({ state: 'detached' })
    expect(await chat.alert.count()).toBe(0)
  })
})

/** Those of `wanted` that were said, as far as they came in this order. */
function inOrder(said: readonly string[], wanted: readonly string[]): string[] {
  let from = 0
  return wanted.filter((words) => {
    const found = said.findIndex((text, place) => place >= from && text.includes(words))
    if (found >= 0) from = found
    return found >= 0
  })
}
