// Words that make a name secret wherever they stand in it, as in `dbPassword`, `PHPSESSID` or `令牌`.
const stems = new RegExp(
  [
    'passw|pass_?phrase|passcode|passkey|pwd|secret(?!ar)|token(?!s|iz|_?(type|limit|count|usage|budget|expir|ttl))',
    'credential|cookie|session(?!s|_?(count|timeout|storage))|sess(id|data)|s?apisid|psid|signature|jwt|bearer',
    'csrf|xsrf|mnemonic|authorization|(access|refresh|auth|api|id|push|device)_?tokens|code_?verifier|connection_?string',
    '(api|app|access|account|anon|auth|consumer|deploy|encryption|functions?|hmac|kms|license|master|private|role|service|shared|shared_?access|signing|ssh|storage|stream|subscription|wallet|priv|fernet)_?key|_pat$',
    '(auth|authori[sz]ation|backup|confirmation|device|login|mfa|one_?time|otp|pairing|recovery|reset|security|sms|verification|2fa)_?codes?(?![a-z])',
    '(backup|recovery|seed|secret|wallet)_?(phrase|words)|social_?security',
    '(admin|db|ftp|ldap|login|mail|pg|proxy|root|smtp|user|wifi)_?pass(?![a-z])',
    '密_?码|口令|令牌|密钥|密匙|秘钥|私钥|凭证|凭据|验证码|校验码|激活码|提取码|授权码|动态码|安全码|助记词|密碼|權杖|金鑰|パスワード|apiキー|暗証番号|トークン|비밀번호|암호|토큰',
    'contrase[nñ]a|пароль|kennwort|senha|mot_?de_?passe|wachtwoord',
  ].join('|'),
)

// Words that mean something else within others: `compass`, `spin`, `author`. "author" is none, "authorization" is.
const words =
  /(^|[^a-z])(pass|pw|pin|pin_?code|t?otp|cv[vc]2?|ssn|sid|sig|hmac|psk|x?auth|authentication|seed|creds?)([^a-z]|$)/

const maxName = 200

/** Whether a field, header or setting of this name holds a secret, so that its value must not be read at all. */
export function isSecretName(name: string): boolean {
  const plain = name
    .slice(0, maxName)
    .normalize('NFC')
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/[-. ]/g, '_')
    .toLowerCase()
  return stems.test(plain) || words.test(plain)
}
