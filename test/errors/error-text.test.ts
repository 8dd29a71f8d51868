import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ErrorCategory } from '../../src/errors/app-error.js'
import { isKnownCode, policyOf } from '../../src/errors/error-policy.js'
import { errorText } from '../../src/errors/error-text.js'
import { en } from '../../src/errors/locales/en.js'
import { zhCN } from '../../src/errors/locales/zh-CN.js'

const fromServers = [
  'initializing',
  'network',
  'timeout',
  'rate_limited',
  'overloaded',
  'interrupted',
  'token_expired',
  'forbidden',
  'invalid_message',
  'message_too_large',
  'task_conflict',
  'unknown_conversation',
  'unknown_message',
  'unknown_task',
  'unsupported_protocol',
  'internal',
]
const ofTheClient = [
  'cancelled',
  'closed',
  'queue_full',
  'expired',
  'storage_unavailable',
  'unauthorized',
  'maybe_sent',
  'signed_out',
]
const categories = Object.values(ErrorCategory)

// What the action says to do must be in the text: the words by which each action is told.
const wordsFor = {
  wait: [/later|moment/, /稍后/],
  retry: [/again/, /重试|重新发送/],
  'sign-in': [/sign in/, /登录/],
  edit: [/check|shorten/, /检查|缩短/],
  'check-network': [/check your network/, /检查网络/],
  'contact-support': [/contact support/, /客服|我们正在修复/],
} as const

describe('errorText', () => {
  it.each([...fromServers, ...ofTheClient, ...categories])(
    'tells a person about %s what happened and what to do, in both languages',
    (code) => {
      expect(isKnownCode(code)).toBe(true)
      const [category, action] = policyOf(code)
      const [english, chinese] = wordsFor[action]
      expect(categories).toContain(category)
      expect(errorText(code, category, {})).toMatch(english)
      expect(errorText(code, category, { locale: 'zh-CN' })).toMatch(chinese)
    },
  )

  it('has a text for these and no others, but for what has no text', () => {
    const codes = [...fromServers, ...ofTheClient, ...categories, 'failed']
    expect(Object.keys(en).sort()).toEqual(codes.sort())
  })

  it('has a Chinese text for each English one, in the same order', () => {
    const source = readFileSync(new URL('../../src/errors/locales/zh-CN.ts', import.meta.url), 'utf8')
    const named = Array.from(source.matchAll(/^ {2}\/\/ (\w+)\n {2}'(.+)',$/gm), ([, key, text]) => [
      key,
      text,
    ])
    expect(named).toEqual(Object.entries(zhCN))
    expect(Object.keys(zhCN)).toEqual(Object.keys(en))
  })

  it.each([
    ['temporary', '服务暂时不可用，请稍后重试'],
    ['auth', '认证失败，请重新登录'],
    ['validation', '输入有误，请检查后重试'],
    ['system', '系统错误，我们正在修复'],
    ['unknown', '出现了意外错误，请稍后重试'],
    ['anything else', '操作失败'],
    ['initializing', '系统正在初始化，请稍后重试'],
    ['network', '网络连接失败，请检查网络'],
  ])("says the design's own words for %s in Chinese", (code, text) => {
    expect(errorText(code, undefined, { locale: 'zh-CN' })).toBe(text)
  })

  it.each([
    ['zh-CN', zhCN.network],
    ['zh', zhCN.network],
    ['zh-Hans', zhCN.network],
    ['ZH-cn', zhCN.network],
    ['zh_CN', zhCN.network],
    ['en-GB', en.network],
    ['fr', en.network],
    ['', en.network],
    ['constructor', en.network],
    ['__proto__', en.network],
    [undefined, en.network],
  ])('serves the locale %s with the nearest language', (locale, text) => {
    expect(errorText('network', 'temporary', { locale })).toBe(text)
  })

  it('puts a catalog text in the place of the built-in one, by code before category', () => {
    const catalog = { network: 'No line.', temporary: 'Hang on.', plan_limit: 'Your plan is used up.' }
    expect(errorText('network', 'temporary', { catalog })).toBe('No line.')
    expect(errorText('timeout', 'temporary', { catalog })).toBe(en.timeout)
    expect(errorText('brand_new', 'temporary', { catalog })).toBe('Hang on.')
    expect(errorText('plan_limit', 'validation', { catalog, locale: 'zh' })).toBe('Your plan is used up.')
  })

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'takes the code %s for an unknown one, not for a property of every object',
    (code) => {
      expect(errorText(code, 'system', { catalog: {} })).toBe(en.system)
      expect(policyOf(code, 'system')).toBe(policyOf('system'))
    },
  )
})
