import { coreRedactText, isCoreSecretName } from './core-redact-text.js'
import { createRedact } from './create-redact.js'
import { className } from './error-class.js'

/**
 * A copy that is safe to log, as plain JSON data. Masks tokens, keys, cookies, connection strings, e-mail addresses, ids
 * and file paths in every string, and whole values under names such as `password`. Of an error only its class remains.
 * Never throws and never runs long: what is deep, long or circular is cut.
 *
 * A small core, because every page carries it; the `redact` of `reconvene/errors` knows more providers' keys, more names
 * and more ways to write them, and keeps an error's places in the source. Neither masks numbers of bank accounts, cards and phones, or postal addresses.
 */
export const redact = createRedact({
  redactText: coreRedactText,
  isSecret: isCoreSecretName,
  describe: (error) => ({ error: className(error) }),
})
