import { describe, expect, it } from 'vitest'
import { type PageSurroundings, readPageOptions } from '../../examples/shared/page-options.js'

function page(change: Partial<PageSurroundings> = {}): PageSurroundings {
  const stored = new Map<string, string>()
  return {
    search: '',
    browserLanguages: ['en-GB'],
    serverUrl: 'http://127.0.0.1:3001',
    newId: () => 'new-id',
    storage: {
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void stored.set(key, value),
    },
    ...change,
  }
}

describe("the page's address", () => {
  it('chooses language, conversation and token, and never the server', () => {
    const search = '?lang=zh&conversation=a%20b&token=alice&server=https://thief.example'
    expect(readPageOptions(page({ search }))).toEqual({
      language: 'zh-CN',
      conversationId: 'a b',
      token: 'alice',
      identity: 'alice',
      serverUrl: 'http://127.0.0.1:3001',
    })
  })

  it('may leave everything to the browser and the demo runner', () => {
    expect(readPageOptions(page())).toEqual({
      language: 'en',
      conversationId: 'new-id',
      token: undefined,
      identity: 'guest',
      serverUrl: 'http://127.0.0.1:3001',
    })
  })

  it('leads to the same conversation after a reload', () => {
    const first = page({ newId: () => 'first' })
    readPageOptions(first)
    expect(readPageOptions({ ...first, newId: () => 'second' }).conversationId).toBe('first')
  })

  it('opens a conversation where storage is refused', () => {
    const refuse = () => {
      throw new DOMException('no', 'SecurityError')
    }
    const storage = { getItem: refuse, setItem: refuse }
    expect(readPageOptions(page({ storage })).conversationId).toBe('new-id')
  })

  it.each([
    ['', null, 'unable to open the page; no server address, start it with "npm run demo"'],
    [
      '?server=https://thief.example',
      null,
      'unable to open the page; no server address, start it with "npm run demo"',
    ],
    ['', 'localhost', 'unable to open the page; server is not an http or https address'],
    ['', 'javascript:alert(1)', 'unable to open the page; server is not an http or https address'],
  ])('with the query %j and no runner is refused in plain words', (search, serverUrl, message) => {
    expect(() => readPageOptions(page({ search, serverUrl }))).toThrow(new Error(message))
  })
})
