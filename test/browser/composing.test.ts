import { describe, expect } from 'vitest'
import { textsEn } from '../../examples/mock-server/script-texts.js'
import { test } from './support/chat-test.js'
import { demoPages } from './support/demo-urls.js'
import { readFromServer } from './support/server-log.js'

describe.each(demoPages)('the message box of the $name page', (page) => {
  test.concurrent('gets back a message that is too large, and says what to do', async ({ open }) => {
    const chat = await open(page)
    await chat.send('Hello')
    await chat.wholeAnswer(0)
    const tooLarge = 'too much '.repeat(8000)
    await chat.send(tooLarge)
    await chat.alert.waitFor()
    expect(await chat.alert.innerText()).toMatch(
      /^The message is too large\. Please shorten it and try again\.\s+Your message was not sent\. It is back in the box below\.$/,
    )
    expect(await chat.box.inputValue()).toBe(tooLarge)
    expect(await chat.transcript()).toEqual(await readFromServer(chat.whereabouts))
    await chat.send('shorter')
    expect(await chat.wholeAnswer(1)).toBe(textsEn.echo('shorter'))
    expect(await chat.alert.count()).toBe(0)
  })

  test.concurrent('does not tell of an edit that is too large; the page tells of the edit above the box', async ({
    open,
  }) => {
    const chat = await open(page)
    await chat.send('Hello')
    await chat.wholeAnswer(0)
    await chat.button('Edit').click()
    await chat.page.getByRole('textbox', { name: 'Edit message' }).fill('too much '.repeat(8000))
    await chat.button('Save and send').click()
    await chat.alert.waitFor()
    expect(await chat.alert.innerText()).toContain(
      'The message is too large. Please shorten it and try again.',
    )
    expect(await chat.alert.innerText()).not.toContain('back in the box below')
    expect(await chat.box.inputValue()).toBe('')
    expect(await chat.transcript()).toEqual(await readFromServer(chat.whereabouts))
  })

  test.concurrent('does not send with the Enter that ends the composition of an input method', async ({
    open,
  }) => {
    const chat = await open(page)
    const keyboard = await chat.page.context().newCDPSession(chat.page)
    await chat.box.focus()
    await keyboard.send('Input.imeSetComposition', { text: 'ni hao', selectionStart: 6, selectionEnd: 6 })
    const enter = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229 }
    await keyboard.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...enter })
    await keyboard.send('Input.insertText', { text: '你好' })
    await keyboard.send('Input.dispatchKeyEvent', { type: 'keyUp', ...enter })
    expect(await chat.box.inputValue()).toBe('你好')
    expect(await chat.log.locator('.message').count()).toBe(0)
    await chat.box.press('Enter')
    expect(await chat.own(0).locator('.bubble').innerText()).toBe('你好')
  })
})
