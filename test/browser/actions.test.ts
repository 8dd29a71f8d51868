import { describe, expect } from 'vitest'
import { textsEn } from '../../examples/mock-server/script-texts.js'
import { test, unhurried } from './support/chat-test.js'
import { demoPages } from './support/demo-urls.js'
import { planFault, readFromServer } from './support/server-log.js'

const echoed = (text: string) => [`user: ${text} (sent)`, `assistant: ${textsEn.echo(text)} (complete)`]

describe.each(demoPages)('on the $name page, one', (page) => {
  test.concurrent('stops an answer and keeps what was written', async ({ open, serve }) => {
    const chat = await open(page, { serverUrl: await serve(unhurried) })
    await chat.send('Tell me a long story')
    await chat.answer(0).locator('li').first().waitFor()
    await chat.button('Stop').click()
    const text = await chat.wholeAnswer(0)
    expect(text).toMatch(/^A long answer/)
    expect(await chat.answer(0).locator('li').count()).toBeLessThan(12)
    expect(await chat.button('Stop').count()).toBe(0)
    const [question, answer] = await readFromServer(chat.whereabouts)
    expect(question).toBe('user: Tell me a long story (sent)')
    expect(answer).toMatch(/^assistant: A long answer.*\(stopped\)$/s)
    await chat.send('Hello')
    expect(await chat.wholeAnswer(1)).toBe(textsEn.echo('Hello'))
  })

  test.concurrent('does not wait for the countdown with “Retry now”', async ({ open }) => {
    const chat = await open(page)
    await planFault(chat.whereabouts, { kind: 'rate_limit', retry_after_ms: 600_000 })
    await chat.send('Hello')
    await chat.button('Retry now').click()
    expect(await chat.wholeAnswer(0)).toBe(textsEn.echo('Hello'))
    expect(await readFromServer(chat.whereabouts)).toEqual(echoed('Hello'))
  })

  test.concurrent('gives a message up with “Cancel” during the countdown, and it never leaves', async ({
    open,
  }) => {
    const chat = await open(page)
    await planFault(chat.whereabouts, { kind: 'rate_limit', retry_after_ms: 600_000 })
    await chat.send('never')
    await chat.button('Cancel').click()
    await chat.wait.waitFor({ state: 'detached' })
    expect(await chat.alert.count()).toBe(0)
    await chat.send('Hello')
    await chat.wholeAnswer(0)
    const read = await readFromServer(chat.whereabouts)
    expect(read.filter((line) => line.startsWith('user'))).toEqual(['user: Hello (sent)'])
  })

  test.concurrent('edits a message: it is answered anew, and what came after is gone', async ({ open }) => {
    const chat = await open(page)
    for (const [place, text] of ['first', 'second'].entries()) {
      await chat.send(text)
      await chat.wholeAnswer(place)
    }
    await chat.own(0).getByRole('button', { name: 'Edit' }).click()
    const box = chat.page.getByRole('textbox', { name: 'Edit message' })
    expect(await box.inputValue()).toBe('first')
    await box.fill('third')
    await box.press('Enter')
    await chat.answer(0).getByText(textsEn.echo('third')).waitFor()
    await chat.wholeAnswer(0)
    expect(await chat.transcript()).toEqual(echoed('third'))
    expect(await readFromServer(chat.whereabouts)).toEqual(echoed('third'))
  })

  test.concurrent('leaves the editing with Escape, and nothing changes', async ({ open }) => {
    const chat = await open(page)
    await chat.send('first')
    await chat.wholeAnswer(0)
    await chat.button('Edit').click()
    const box = chat.page.getByRole('textbox', { name: 'Edit message' })
    await box.fill('other')
    await box.press('Escape')
    await box.waitFor({ state: 'detached' })
    expect(await chat.transcript()).toEqual(echoed('first'))
  })

  test.concurrent('has an answer given again', async ({ open }) => {
    const chat = await open(page)
    await chat.send('Hello')
    await chat.wholeAnswer(0)
    const texts = await chat.recordTexts('.message[data-role="assistant"] .bubble')
    await chat.button('Regenerate').click()
    await chat.page.locator('.message[data-role="assistant"][data-status="streaming"]').waitFor()
    expect(await chat.wholeAnswer(0)).toBe(textsEn.echo('Hello'))
    expect((await texts()).some((text) => text.length < 40)).toBe(true)
    expect(await readFromServer(chat.whereabouts)).toEqual(echoed('Hello'))
  })

  test.concurrent('approves a tool call, and it is made', async ({ open }) => {
    const chat = await open(page)
    await chat.send('Please ask me to approve it')
    await chat.button('Approve').click()
    await chat.page.getByText(textsEn.approved).waitFor()
    const card = chat.page.getByRole('region', { name: 'send_email' })
    expect(await card.innerText()).toMatch(/Done.*"sent": true/s)
    expect(await chat.button('Approve').count()).toBe(0)
  })

  test.concurrent('declines a tool call, and it is not made', async ({ open }) => {
    const chat = await open(page)
    await chat.send('Please ask me to approve it')
    await chat.button('Decline').click()
    await chat.page.getByText(textsEn.declined).waitFor()
    const card = chat.page.getByRole('region', { name: 'send_email' })
    expect(await card.innerText()).not.toContain('"sent": true')
    expect(await chat.button('Decline').count()).toBe(0)
  })

  test.concurrent('answers what a tool asks', async ({ open }) => {
    const chat = await open(page)
    await chat.send('Where am I? Ask for my location')
    await chat.page.getByRole('textbox', { name: 'Answer for the tool' }).fill('Lisbon')
    await chat.button('Send answer').click()
    await chat.page.getByText(textsEn.thanksFor('"Lisbon"')).waitFor()
  })
})
