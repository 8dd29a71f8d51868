import { describe, expect } from 'vitest'
import { textsEn } from '../../examples/mock-server/script-texts.js'
import { test, unhurried } from './support/chat-test.js'
import { demoPages } from './support/demo-urls.js'
import { readFromServer } from './support/server-log.js'

// The stand-in for a model repeats what it is asked, so each of these is an answer's text too. An opened dialog or a
// request to another host fails the test by itself.
const hostile = [
  '<img src="https://pictures.example/a.png" onerror="alert(1)">',
  '<script>alert(1)</script> <svg onload="alert(1)"></svg>',
  '![tracked](https://pictures.example/b.png) [click](javascript:alert(1))',
]
const forbidden = 'img, svg, script, iframe, object, [onerror], [onload], a[href^="javascript"]'

describe.each(demoPages)('a question on the $name page', (page) => {
  test.concurrent('is sent with Enter, and its answer grows word by word', async ({ open, serve }) => {
    const chat = await open(page, { serverUrl: await serve(unhurried) })
    const texts = await chat.recordTexts('.message[data-role="assistant"] .markdown')
    await chat.box.pressSequentially('Hello')
    await chat.box.press('Enter')
    expect(await chat.box.inputValue()).toBe('')
    expect(await chat.wholeAnswer(0)).toBe(textsEn.echo('Hello'))
    const seen = await texts()
    expect(seen.length).toBeGreaterThan(5)
    for (const [place, text] of seen.entries()) expect(text.startsWith(seen[place - 1] ?? '')).toBe(true)
    expect(await readFromServer(chat.whereabouts)).toEqual([
      'user: Hello (sent)',
      `assistant: ${textsEn.echo('Hello')} (complete)`,
    ])
  })

  test.concurrent('gets a second line with Shift+Enter', async ({ open }) => {
    const chat = await open(page)
    await chat.box.pressSequentially('one')
    await chat.box.press('Shift+Enter')
    await chat.box.pressSequentially('two')
    await chat.box.press('Enter')
    await chat.wholeAnswer(0)
    expect((await readFromServer(chat.whereabouts))[0]).toBe('user: one\ntwo (sent)')
  })

  test.concurrent('gets headings, lists, code, tables and links that open apart', async ({ open }) => {
    const chat = await open(page)
    await chat.send('Show me Markdown')
    await chat.wholeAnswer(0)
    const answer = chat.answer(0)
    const heading = answer.getByRole('heading', { level: 2 })
    expect(await heading.innerText()).toBe('About “Show me Markdown”')
    expect(await answer.getByRole('listitem').allInnerTexts()).toEqual([
      'a list keeps its items,',
      'in the order in which they came.',
    ])
    expect(await answer.locator('pre code').innerText()).toContain("conversation.sendMessage('Hello')")
    expect(await answer.getByRole('columnheader').allInnerTexts()).toEqual(['what fails', 'what you see'])
    const link = answer.getByRole('link', { name: 'Socket.IO documentation' })
    expect(await link.getAttribute('href')).toBe('https://socket.io/docs/v4/')
    expect(await link.getAttribute('target')).toBe('_blank')
    expect(await link.getAttribute('rel')).toBe('noopener noreferrer')
  })

  test.concurrent('is never run or loaded, nor is its answer: tags and pictures stay text', async ({
    open,
  }) => {
    const chat = await open(page)
    for (const text of hostile) await chat.send(text)
    await chat.wholeAnswer(hostile.length - 1)
    for (const [place, text] of hostile.entries())
      expect(await chat.own(place).locator('.bubble').innerText()).toBe(text)
    expect(await chat.log.locator(forbidden).count()).toBe(0)
    expect(await chat.answerText(0)).toBe(textsEn.echo(hostile[0] ?? ''))
  })
})
