import { beforeAll, describe, expect, inject } from 'vitest'
import { type Demo, startDemo } from '../../examples/demo.js'
import { textsEn } from '../../examples/mock-server/script-texts.js'
import { test } from './support/chat-test.js'
import { demoPages } from './support/demo-urls.js'
import { readFromServer } from './support/server-log.js'

const question = 'Tell me a long story'
const paragraphs = Array.from({ length: 12 }, (_, index) => textsEn.longParagraph(index + 1))
const longAnswer = [textsEn.longIntro(question), ...paragraphs].join('')
/** The page shows the paragraphs' numbers as those of a list. */
const wordsOf = (text: string) =>
  text
    .replaceAll(/^\d+\./gm, '')
    .split(/\s+/)
    .filter(Boolean)

// Whoever is connected feels a death, so each page has a demo of its own, and its tests run one after the other.
describe.concurrent.each(demoPages)('when the server dies, the $name page', (page) => {
  let demo: Demo
  beforeAll(async () => {
    demo = await startDemo({
      port: 0,
      bundle: inject('bundle'),
      serverArgs: ['--pace-ms', '10'],
      onServerLog: () => {},
    })
    return () => demo.close()
  })

  test.sequential('has the whole long answer that was cut by SIGKILL, each word once', async ({ open }) => {
    const chat = await open(page, { demo, breaksConnections: true })
    const said = await chat.recordTexts('.connection output')
    await chat.send(question)
    await chat.answer(0).locator('li').nth(3).waitFor()
    const pid = demo.serverPid
    if (pid === undefined) throw new Error('unable to go on; the server has no process')
    process.kill(pid, 'SIGKILL')
    expect(wordsOf(await chat.wholeAnswer(0))).toEqual(wordsOf(longAnswer))
    expect(demo.serverPid).not.toBe(pid)
    const told = (await said()).map((text) => text.replace(/ (in .*|now)$/, ''))
    // One word for the whole loss, however many attempts it takes.
    expect(told.filter((text, place) => text !== told[place - 1])).toEqual([
      'Connected',
      'Reconnecting',
      'Connected',
    ])
    expect(await chat.alert.count()).toBe(0)
    expect(await readFromServer(chat.whereabouts)).toEqual([
      `user: ${question} (sent)`,
      `assistant: ${longAnswer.trim()} (complete)`,
    ])
  })

  test.sequential('goes on after “Restart server” with what was said before and what was written meanwhile', async ({
    open,
  }) => {
    const chat = await open(page, { demo, breaksConnections: true })
    await chat.send('first')
    await chat.wholeAnswer(0)
    await chat.button('Restart server').click()
    await chat.page.locator('.connection:not([data-state="connected"])').waitFor()
    await chat.send('second')
    expect(await chat.wholeAnswer(1)).toBe(textsEn.echo('second'))
    expect(await readFromServer(chat.whereabouts)).toEqual([
      'user: first (sent)',
      `assistant: ${textsEn.echo('first')} (complete)`,
      'user: second (sent)',
      `assistant: ${textsEn.echo('second')} (complete)`,
    ])
  })
})
