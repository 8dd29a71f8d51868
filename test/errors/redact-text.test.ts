import { describe, expect, it } from 'vitest'
import { redactText } from '../../src/errors/redact-text.js'

const uuid = '60f2ccbd-d754-4fa0-aa4d-35a7d6551d38'
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln'

describe('redactText', () => {
  it.each([
    ['a bearer token', 'Bearer abc.def-123', 'Bearer [redacted]'],
    ['basic credentials', 'used basic dXNlcjpwYXNz here', 'used basic [redacted] here'],
    ['a JWT', `bad token ${jwt}!`, 'bad token [redacted]!'],
    ['an authorisation header', 'Authorization: Digest a="b", c="d"', 'Authorization: [redacted]'],
    ['a cookie header', 'Cookie: sid=1; theme=dark\nHost: x', 'Cookie: [redacted]\nHost: x'],
    ['a set-cookie header', 'set-cookie: sid=1; HttpOnly', 'set-cookie: [redacted]'],
    ['headers in JSON', '{"authorization":"Basic x y"}', '{"authorization":[redacted]'],
    ['a header in a header name', 'x-api-key: 12345', 'x-api-key: [redacted]'],
    ['a password, and what follows on its line', 'password=hunter 2\nfor x', 'password=[redacted]\nfor x'],
    ['a password in quotes', 'password: "hunter 2"', 'password: [redacted]'],
    ['a password in JSON', '{"password":"hunter2","a":1}', '{"password":[redacted]'],
    ['a password in JSON in JSON', '{\\"password\\":\\"hunter2\\"}', '{\\"password\\":[redacted]'],
    ['a setting', 'DB_PASSWORD=hunter2', 'DB_PASSWORD=[redacted]'],
    ['a token in a query', 'GET /?accessToken=abc&x=1', 'GET [redacted]'],
    ['a client secret', 'client_secret: abc', 'client_secret: [redacted]'],
    ['a connection string', 'postgres://me:pw@db.local:5432/app down', '[redacted] down'],
    ['a password with a slash and an at sign', 'redis://:p/w@x@host/0', '[redacted]'],
    ['an e-mail address', 'no user ann.lee+x@example.co.uk, sorry', 'no user [redacted] sorry'],
    ['an address in brackets', 'Ann <ann@example.com>', 'Ann <[redacted]>'],
    ["a user's id", `'user_${uuid}'`, "'[redacted]'"],
    ['a bare uuid', `task ${uuid} failed`, 'task [redacted] failed'],
    ['a uuid without dashes', `task ${uuid.replaceAll('-', '')}`, 'task [redacted]'],
    ['an OpenAI key', 'Incorrect API key: sk-proj-abc123', 'Incorrect API key: [redacted]'],
    ['an OpenAI key without a name', 'got sk-abc123def', 'got [redacted]'],
    ['an AWS key', 'id AKIAIOSFODNN7EXAMPLE', 'id [redacted]'],
    ['a Google key', 'AIzaSyA-1234567890', '[redacted]'],
    ['a GitHub token', 'ghp_abcdefgh1234', '[redacted]'],
    ['a Slack token', 'xoxb-1234-5678-abc', '[redacted]'],
    ['a long opaque token', `t ${'aB3'.repeat(12)}`, 't [redacted]'],
    [
      'a private key',
      '-----BEGIN RSA PRIVATE KEY-----\nMIIB\nabc=\n-----END RSA PRIVATE KEY-----',
      /^[^M]*$/,
    ],
    ['a Unix path', 'cannot open /home/ann/notes.txt', 'cannot open [redacted]'],
    ['a Unix path with spaces', 'open /Users/Ann Lee/my notes/a.txt', 'open [redacted]'],
    ['a quoted path', "open '/home/ann/my notes.txt' failed", "open '[redacted]' failed"],
    ['a home path', 'in ~/.ssh/id_rsa', 'in [redacted]'],
    ['a path after a colon', 'path:/etc/passwd', 'path:[redacted]'],
    ['a path in brackets', 'f (/srv/app/x.js:1:2)', 'f ([redacted]'],
    ['a Windows path', 'open C:\\Users\\Ann\\a.txt', 'open [redacted]'],
    ['a Windows path with spaces', 'open C:\\Users\\Ann Lee\\a.txt', 'open [redacted]'],
    ['a Windows path with slashes', 'open d:/data/a.txt', 'open [redacted]'],
    ['a share', 'open \\\\server\\ann\\a.txt', 'open [redacted]'],
    ['a file URL', 'import file:///home/ann/x.js', 'import [redacted]'],
  ])('masks %s', (_, text, expected) => {
    if (expected instanceof RegExp) expect(redactText(text)).toMatch(expected)
    else expect(redactText(text)).toBe(expected)
  })

  it.each([
    '',
    'The connection failed. Please check your network.',
    '系统正在初始化，请稍后重试',
    'connect ECONNREFUSED at 12:30:05',
    'https://example.com/docs?page=2',
    'either/or, and 3 / 4',
    'the author: Ann',
    'chat:send took 15 ms (attempt 2 of 3)',
  ])('leaves %j as it is', (text) => {
    expect(redactText(text)).toBe(text)
  })

  it('cuts a long text, and what stands at the cut', () => {
    const text = `${'word '.repeat(818)}ann@example.com ${'more '.repeat(1000)}`
    expect(redactText(text)).toBe(`${'word '.repeat(818)}[cut]`)
    expect(redactText('!'.repeat(5000))).toBe('[cut]')
  })
})
