import type { Random } from '../../../src/shared/clock.js'

/** A value to redact, and the secret in it, of which nothing may be left. */
export interface SecretCase {
  readonly kind: string
  readonly value: unknown
  readonly secret: string
}

const lower = 'abcdefghijklmnopqrstuvwxyz'
const digits = '0123456789'
const alnum = lower + lower.toUpperCase() + digits
const hex = `${digits}abcdef`
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const base64 = `${alnum}+/`
const url64 = `${alnum}-_`

/** Secrets of all kinds, drawn anew for each seed. */
export function secretCases(random: Random): SecretCase[] {
  const draw = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('')
  const uuid = () => [8, 4, 4, 4, 12].map((length) => draw(hex, length)).join('-')
  const cases: SecretCase[] = []
  const add = (kind: string, value: unknown, secret: string) => void cases.push({ kind, value, secret })

  // Formats as the providers and gitleaks 8 (config/gitleaks.toml) state them.
  const tokens: readonly (readonly [kind: string, make: () => string])[] = [
    ['Discord bot', () => `M${draw(alnum, 23)}.${draw(url64, 6)}.${draw(url64, 27)}`],
    ...['glpat', 'gldt', 'glrt', 'glft', 'glsoat', 'glffct'].map(
      (prefix) => [`GitLab ${prefix}`, () => `${prefix}-${draw(url64, 20)}`] as const,
    ),
    ['GitLab glptt', () => `glptt-${draw(hex, 40)}`],
    ['GitLab glcbt', () => `glcbt-${draw(alnum, 2)}_${draw(url64, 20)}`],
    ['GitLab glimt', () => `glimt-${draw(url64, 25)}`],
    ['GitLab glagent', () => `glagent-${draw(url64, 50)}`],
    ['GitLab gloas', () => `gloas-${draw(url64, 64)}`],
    ['GitLab runner registration', () => `GR1348941${draw(url64, 20)}`],
    ['GitLab routable', () => `glpat-${draw(url64, 27)}.${draw(lower + digits, 9)}`],
    ['Square access', () => `EAAA${draw(url64, 60)}`],
    ['Square OAuth', () => `sq0atp-${draw(url64, 22)}`],
    ['Square secret', () => `sq0csp-${draw(url64, 43)}`],
    ['Fireworks', () => `fw_${draw(alnum, 24)}`],
    ['Vault service', () => `hvs.${draw(url64, 24)}`],
    ['Vault service, long', () => `hvs.${draw(url64, 95)}`],
    ['Vault batch', () => `hvb.${draw(url64, 140)}`],
    ['Vault recovery', () => `hvr.${draw(url64, 24)}`],
    ['Vault legacy', () => `s.${draw(alnum, 24)}`],
    ['Alibaba', () => `LTAI${draw(alnum, 20)}`],
    ['Alibaba, short', () => `LTAI${draw(alnum, 12)}`],
    ...[
      'AKIA',
      'ASIA',
      'ABIA',
      'ACCA',
      'AGPA',
      'AIDA',
      'AROA',
      'AIPA',
      'ANPA',
      'ANVA',
      'APKA',
      'ASCA',
      'A3TX',
    ].map((prefix) => [`AWS ${prefix}`, () => prefix + draw(base32, 16)] as const),
    ['AWS secret', () => draw(base64, 40)],
    ['AWS Bedrock', () => `ABSK${draw(base64, 110)}`],
    ['Razorpay live', () => `rzp_live_${draw(alnum, 14)}`],
    ['Razorpay test', () => `rzp_test_${draw(alnum, 14)}`],
    ['Airtable', () => `pat${draw(alnum, 14)}.${draw(hex, 64)}`],
    ['Airtable, legacy', () => `key${draw(lower, 6)}7${draw(alnum, 7)}`],
    ['Expo access', () => draw(url64, 40)],
    ['Expo push', () => `ExponentPushToken[${draw(alnum, 22)}]`],
    ['Zhipu', () => `${draw(hex, 32)}.${draw(alnum, 16)}`],
    ['OpenAI', () => `sk-${draw(alnum, 20)}T3BlbkFJ${draw(alnum, 20)}`],
    ['OpenAI project', () => `sk-proj-${draw(url64, 74)}`],
    ['Anthropic', () => `sk-ant-api03-${draw(url64, 93)}AA`],
    ['Groq', () => `gsk_${draw(alnum, 52)}`],
    ['xAI', () => `xai-${draw(alnum, 80)}`],
    ['Hugging Face', () => `hf_${draw(lower + lower.toUpperCase(), 34)}`],
    ['Replicate', () => `r8_${draw(alnum, 37)}`],
    ['Perplexity', () => `pplx-${draw(alnum, 48)}`],
    ['GitHub', () => `ghp_${draw(alnum, 36)}`],
    ['GitHub fine-grained', () => `github_pat_${draw(alnum, 22)}_${draw(alnum, 59)}`],
    ['Slack bot', () => `xoxb-${draw(digits, 12)}-${draw(digits, 12)}-${draw(alnum, 24)}`],
    ['Slack app', () => `xapp-1-A${draw(base32, 10)}-${draw(digits, 13)}-${draw(hex, 64)}`],
    ['Stripe', () => `sk_live_${draw(alnum, 24)}`],
    ['Stripe webhook', () => `whsec_${draw(alnum, 32)}`],
    ['Google', () => `AIza${draw(url64, 35)}`],
    ['DigitalOcean', () => `dop_v1_${draw(hex, 64)}`],
    ['npm', () => `npm_${draw(alnum, 36)}`],
    ['PyPI', () => `pypi-AgEIcHlwaS5vcmc${draw(url64, 60)}`],
    ['SendGrid', () => `SG.${draw(url64, 22)}.${draw(url64, 43)}`],
    ['Shopify', () => `shpat_${draw(hex, 32)}`],
    ['Notion', () => `ntn_${draw(digits, 11)}${draw(alnum, 35)}`],
    ['Linear', () => `lin_api_${draw(alnum, 40)}`],
    ['Postman', () => `PMAK-${draw(hex, 24)}-${draw(hex, 34)}`],
    ['Databricks', () => `dapi${draw(hex, 32)}`],
    ['Telegram', () => `${draw(digits, 10)}:AA${draw(url64, 33)}`],
    ['Twilio', () => `SK${draw(hex, 32)}`],
    ['Azure AD', () => `abc8Q~${draw(`${alnum}_~.-`, 34)}`],
    ['Azure storage', () => `${draw(base64, 86)}==`],
    ['JWT', () => `eyJ${draw(url64, 30)}.eyJ${draw(url64, 40)}.${draw(url64, 43)}`],
    ['uuid', uuid],
    ['hex', () => draw(hex, 40)],
  ]
  for (const [kind, make] of tokens) {
    const [plain, quoted] = [make(), make()]
    add(kind, `unable to call the service with ${plain}, it was refused`, plain)
    add(`${kind} in an object`, { note: `got "${quoted}"`, attempt: 2 }, quoted)
  }

  const names = [
    ...[
      'password',
      'passwd',
      'pwd',
      'DB_PASSWORD',
      'passphrase',
      'clientSecret',
      'PHPSESSID',
      'JSESSIONID',
      'otp',
    ],
    ...[
      'Ocp-Apim-Subscription-Key',
      'pin',
      'cvv',
      'ssn',
      'csrf',
      '_csrf',
      'csrfToken',
      'X-XSRF-TOKEN',
      'mnemonic',
    ],
    ...[
      'seed',
      'access_token',
      'refreshToken',
      'id_token',
      'api_key',
      'apiKey',
      'X-API-Key',
      'private_key',
      'sig',
    ],
    ...[
      'signature',
      'connect.sid',
      'sid',
      'auth',
      'AccountKey',
      'SharedAccessKey',
      'session',
      'credentials',
      'jwt',
    ],
    ...[
      '密码',
      '令牌',
      '密钥',
      '用户密码',
      'accessTokens',
      'x-functions-key',
      'signing_key',
      'totp',
      'creds',
    ],
  ]
  for (const name of names) {
    const make = () => `${draw(lower, 4)}${draw(alnum, 4)}${draw(digits, 2)}`
    const signs = [': ', '=', '：', '＝', '%3D', '%3A', '%253D']
    for (const sign of signs) {
      const secret = make()
      add(`${name}${sign}`, `the request had ${name}${sign}${secret}`, secret)
    }
    const [inJson, inField, inFlag, inSentence, inPair, inHar] = Array.from({ length: 6 }, make) as [
      string,
      string,
      string,
      string,
      string,
      string,
    ]
    add(`${name} in JSON`, `body ${JSON.stringify({ id: 7, [name]: inJson })}`, inJson)
    add(`field ${name}`, { a: [{ [name]: inField }] }, inField)
    add(
      `${name} in pairs`,
      {
        headers: [
          ['accept', '*/*'],
          [name, inPair],
        ],
      },
      inPair,
    )
    add(`${name} in a HAR`, { headers: [{ name, value: inHar }] }, inHar)
    if (/^[a-z_-]+$/i.test(name)) add(`--${name}`, `mysql --${name} ${inFlag} --host db`, inFlag)
    add(`${name} is`, `your ${name} is ${inSentence}`, inSentence)
  }

  const b64 = (text: string) => Buffer.from(text).toString('base64')
  for (let round = 0; round < 3; round++) {
    const secret = draw(alnum, 10)
    const signature = encodeURIComponent(`${draw(base64, 41)}/${draw(alnum, 1)}=`)
    add(
      'Azure SAS',
      `GET https://a.blob.core.windows.net/c/f.txt?sv=2022-11-02&se=2026&sp=r&sig=${signature}`,
      signature,
    )
    add('encoded next', `302 /login?next=%2Fcb%3Faccess_token%3D${secret}%26a%3D1`, secret)
    add('encoded twice', `/login?next=%252Fcb%253Ftoken%253D${secret}`, secret)
    add('?key=', `https://maps.example.com/api?key=${secret}`, secret)
    add('&code=', `https://app.example.com/cb?state=1&code=${secret}`, secret)
    add('encoded ?code=', `next=https%3A%2F%2Fapp.example.com%2Fcb%3Fcode%3D${secret}`, secret)
    add('-u', `curl -u ann:${secret} https://example.com`, secret)
    add('--user', `curl --user ann:${secret} https://example.com`, secret)
    add('ApiKey', `sent ApiKey ${secret} to it`, secret)
    add('Bearer', `sent Bearer ${secret} to it`, secret)
    add('Bearer encoded', `?h=Bearer%20${secret}`, secret)
    const basic = b64(`ann:${secret}`)
    add('Basic', `sent Basic ${basic} to it`, basic)
    add('password was', `the password was "${secret}"`, secret)
    add('password in Chinese', `密码是${secret}，请保存`, secret)
    add('JSON escape', `password\\u003d${secret}`, secret)
    add('XML', `<Password>${secret}</Password>`, secret)
    add('connection string', `postgres://ann:${secret}@db.local:5432/app`, secret)
    add('connection string by address', `redis://:${secret}@10.0.0.1:6379`, secret)
    add('rawHeaders', { rawHeaders: ['Host', 'x', 'x-api-key', secret, 'Accept', '*/*'] }, secret)
    add('rawHeaders, cookie', { rawHeaders: ['Cookie', `theme=dark; a=${secret}`] }, secret)
    add('rawHeaders in JSON', `["Host","x","x-api-key","${secret}"]`, secret)
    add('HAR in JSON', `{"name":"x-api-key","value":"${secret}"}`, secret)
    const body = `${draw(base64, 64)}\n${draw(base64, 64)}`
    const pem = (head: string) => `-----BEGIN ${head}-----\n${body}\n-----END ${head}-----`
    add('PEM', `key ${pem('PRIVATE KEY')}`, body.slice(0, 64))
    const headed = `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,${draw(hex, 32)}\n\n${body}\n-----END RSA PRIVATE KEY-----`
    add('encrypted PEM', headed, body.slice(65))
    const person = `${draw(lower, 6)}.${draw(lower, 5)}`
    add('e-mail', `no user ${person}@example.com here`, person)
    add('e-mail, quoted', `no user "${person} jr"@example.com here`, person)
    add('e-mail, full-width', `没有用户 ${person}＠example．com`, person)
    add('e-mail, encoded', `GET https://example.com/?q=${person}%40example.com`, person)
  }
  return cases
}
