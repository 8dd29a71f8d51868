import { describe, expect, it } from 'vitest'
import { redact as coreRedact } from '../../src/errors/core-redact.js'
import { redact } from '../../src/errors/redact.js'

const secret = 'q7Hx2Lm9'
const shown = (value: unknown) => JSON.stringify(redact(value))

describe('redact of the server', () => {
  it.each(
    [
      ...[
        `password\\x3d${secret}`,
        `password&#61;${secret}`,
        `password&#x3D;${secret}`,
        `p%61ssword=${secret}`,
      ],
      ...[`n=%25252Fcb%25253Ftoken%25253D${secret}`, `https://x/cb#code=${secret}`, `?ticket=ST-${secret}`],
      ...[
        '密匙',
        '授权码',
        '校验码',
        '動態密碼',
        'パスワード',
        '비밀번호',
        'пароль',
        'contraseña',
        'senha',
      ].flatMap((name) => [`${name}：${secret}`, `您的${name}为 ${secret}`, `${name} = ${secret}`]),
      ...[
        'pincode',
        'securityCode',
        'one-time-code',
        'recovery_code',
        'recoveryPhrase',
        'authkey',
        'hmacKey',
      ],
      ...['appKey', 'consumerKey', 'pgpass', 'SESSDATA', '__Secure-1PSID', 'GITLAB_PAT', 'code_verifier'],
    ].map((text) => (text.includes(secret) ? text : `${text}=${secret}`)),
  )('masks the secret in %s', (text) => {
    expect(shown(text)).not.toContain(secret)
  })

  it.each([
    `curl -u 'admin:${secret} more' https://x`,
    `curl --proxy-user a:${secret}`,
    `smbclient -U admin%${secret}`,
    `java -password ${secret}`,
    `sent Api-Key ${secret}`,
    `Digest username="a", response="${secret}"`,
    `Hawk id="x", mac="${secret}"`,
    `SharedKey account:${secret}=`,
    `the password of bob is ${secret}`,
    `password -> ${secret}`,
    `password | ${secret}`,
    `password\t${secret}`,
    `login with password ${secret} failed`,
    `Incorrect API key provided: ${secret}`,
    `machine x login bob password ${secret}`,
    `CREATE USER a IDENTIFIED BY '${secret}'`,
    `requirepass ${secret}`,
    `Your verification code is ${secret}`,
    `password: |\n  ${secret}`,
    `令牌: |\n  ${secret}`,
    `password:\n${secret}`,
    `密 码：${secret}`,
    `密　码＝${secret}`,
    `密码【${secret}】`,
    `パスワードは「${secret}」です`,
    `パスワードは${secret}です`,
    `提取码: ${secret}`,
    `run --密码 ${secret}`,
    `run --spring.datasource.password=${secret}`,
    `**password**: ${secret}`,
    `<b>密码</b>: ${secret}`,
    `<input name="csrf_token" value="${secret}">`,
    `Content-Disposition: form-data; name="密码"\r\n\r\n${secret}`,
    `password,${secret}`,
    `sshpass -p ${secret} ssh host`,
    `docker login -u bob -p ${secret}`,
    `redis-cli -h db -a ${secret} ping`,
    `https://hooks.zapier.com/hooks/catch/1234567/${secret}`,
    `api_org_${'aBcD'.repeat(8)}${secret}`,
    `glc_eyJvIjoi+abc/${secret}`,
    `Content-Disposition: form-data; name="password"\r\n\r\n${secret}`,
    `["password","${secret}"]`,
    `[ 'Cookie', '${secret}' ]`,
    `(b'authorization', b'${secret}')`,
    `{ name: 'x-api-key', value: '${secret}' }`,
    `---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n${secret}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----`,
  ])('masks the secret in the sentence or the line %j', (text) => {
    expect(shown(text)).not.toContain(secret)
  })

  it.each([
    [{ key: 'password', value: secret }],
    [{ Name: 'password', Value: secret }],
    [{ header: 'authorization', value: secret }],
    [{ field: 'password', value: secret }],
    [{ name: 'set-cookie', values: [secret] }],
    [{ name: 'csrf-token', content: secret }],
    [['password', secret]],
    [['user', 'bob', 'password', secret]],
    [{ rawHeaders: ['token', secret] }],
    [['pin', 4821]],
    [{ '密 码': secret }],
    [{ rawHeaders: ['密 码', secret] }],
  ])('masks a value whose name stands beside it: %j', (value) => {
    expect(shown(value)).not.toMatch(/q7Hx2Lm9|4821/)
  })

  it.each(['张三@例子.公司', 'bob&#64;x.io', 'bob\\x40x.io', 'ann@2x.de', 'zhangsan@126.com'])(
    'masks the address %s',
    (address) => {
      expect(redact(`mail ${address} now`)).toBe('mail [redacted] now')
    },
  )

  it.each([
    ...['密码长度至少为8位', 'パスワードは必須です', 'パスワードは8文字以上です', '请 输 入 密 码'],
    ...['password, token, email', 'password, oauth2', 'mkdir -p src/v2', 'docker run -p 8080:80 nginx'],
    ...['password:\nmust be long', '<input name="city" value="Rome2">', '**password** is required'],
    ...['谢谢@张三', '密码不正确', '密码是必填项', '令牌已过期', '验证码已发送', '忘记密码？'],
    ...['Unexpected token \'a\', "abc" is not valid JSON', 'password hash sha256', 'auth method: oauth2'],
    ...['session 3 of 5', 'random seed 42', 'token refresh took 120 ms', 'Bearer realm="api"', 'pnpm@10.4.1'],
    ...[
      'passwords do not match',
      'HTTP status code: 503',
      'promo code: SAVE20',
      'exit code: 1',
      'compass=NE',
    ],
    ...['session timeout 30s', 'credentials are wrong', 'signature verification failed', 'GET /users/42'],
    ...['maxOutputTokens: 8192', 'tokens/s: 83.4', 'isAuthenticated: true', 'bypass_cache=1', 'opinion=yes'],
  ])('leaves %j as it is', (text) => {
    expect(redact(text)).toBe(text)
  })

  it('leaves lists of names and pairs of ordinary things as they are', () => {
    const value = {
      fields: ['password', 'token', 'email'],
      queryKey: ['session', 'list'],
      headers: [['accept', 'text/html']],
      packages: [{ name: 'react', value: '19' }],
    }
    expect(redact(value)).toEqual(value)
  })
})

describe('redact of the page', () => {
  it.each([`GET /x?key=${secret}`, `/cb?state=1&code=${secret}`, `cvc=${secret}`, `xsrf=${secret}`])(
    'masks the secret in %s',
    (text) => {
      expect(JSON.stringify(coreRedact(text))).not.toContain(secret)
    },
  )

  it('tells of an error its class alone', () => {
    expect(coreRedact({ error: new RangeError(secret) })).toEqual({ error: { error: 'RangeError' } })
  })
})
