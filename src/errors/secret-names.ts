// Words that make a name secret wherever they stand in it, as in `dbPassword`, `PHPSESSID` or `令牌`.
const stems =
  /passw|passphrase|passcode|passkey|pwd|secret(?!ar)|token(?!s|iz|_?(type|limit|count|usage|budget|expir|ttl))|credential|cookie|session(?!s|_?(count|timeout|storage))|sessid|signature|jwt|bearer|csrf|xsrf|mnemonic|authorization|密码|口令|令牌|密钥|秘钥|私钥|凭证|凭据|验证码|助记词|(access|refresh|auth|api|id|push|device)_?tokens|(api|access|private|subscription|encryption|signing|account|shared|master|service|license|ssh|functions?)_?key/

// Words that mean something else within others: `compass`, `spin`, `author`. "author" is none, "authorization" is.
const words = /(^|[^a-z])(pass|pw|pin|t?otp|cv[vc]2?|ssn|sid|sig|x?auth|authentication|seed|creds)([^a-z]|$)/

const maxName = 200

/** Whether a field, header or setting of this name holds a secret, so that its value must not be read at all. */
export function isSecretName(name: string): boolean {
  const plain = name
    .slice(0, maxName)
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/[-. ]/g, '_')
    .toLowerCase()
  return stems.test(plain) || words.test(plain)
}
