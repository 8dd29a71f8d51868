import { describe, expect } from 'vitest'
import { textsEn, textsZh } from '../../examples/mock-server/script-texts.js'
import { test } from './support/chat-test.js'
import { demoPages } from './support/demo-urls.js'
import { planFault } from './support/server-log.js'

describe.each(demoPages)('a server that throws a bare key error, on the $name page', (page) => {
  test.concurrent('is still starting, in Chinese, and the answer comes with the second attempt', async ({
    open,
  }) => {
    const chat = await open(page, { language: 'zh' })
    await planFault(chat.whereabouts, { kind: 'key_error' })
    const said = await chat.recordTexts('.notice')
    await chat.send('你好')
    expect(await chat.wholeAnswer(0)).toBe(textsZh.echo('你好'))
    const [notice] = await said()
    expect(notice).toContain('系统正在初始化，请稍后重试')
    expect(notice).toContain('第 2 次尝试，共 3 次')
    expect(await chat.page.locator('.notice').count()).toBe(0)
  })

  test.concurrent('is still starting, in English, and the answer comes with the second attempt', async ({
    open,
  }) => {
    const chat = await open(page)
    await planFault(chat.whereabouts, { kind: 'key_error' })
    const said = await chat.recordTexts('.notice')
    await chat.send('Hello')
    expect(await chat.wholeAnswer(0)).toBe(textsEn.echo('Hello'))
    const [notice] = await said()
    expect(notice).toContain('The system is starting. Please try again in a moment.')
    expect(notice).toContain('Attempt 2 of 3')
  })

  test.concurrent('is named in the language that is chosen, at once', async ({ open, serve }) => {
    // Long enough to read it in both languages.
    const serverUrl = await serve({ retry: { baseDelay: 600_000, maxDelay: 600_000 } })
    const chat = await open(page, { serverUrl })
    await planFault(chat.whereabouts, { kind: 'key_error' })
    await chat.send('Hello')
    await chat.wait.waitFor()
    const english =
      /^The system is starting\. Please try again in a moment\.\s+Attempt 2 of 3\s+in \d+ min\s+Cancel$/
    expect(await chat.wait.innerText()).toMatch(english)
    await chat.button('中文').click()
    expect(await chat.wait.innerText()).toMatch(
      /^系统正在初始化，请稍后重试\s+第 2 次尝试，共 3 次\s+（\d+ 分钟后）\s+取消$/,
    )
    expect(await chat.box.getAttribute('aria-label')).toBe('消息')
    expect(await chat.page.locator('html').getAttribute('lang')).toBe('zh-CN')
    expect(await chat.page.title()).toBe('reconvene 演示')
    await chat.button('English').click()
    expect(await chat.wait.innerText()).toMatch(english)
  })
})
