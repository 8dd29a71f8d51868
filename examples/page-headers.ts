/**
 * Headers by which a browser guards the demo's pages: scripts and styles of their own, connections to their own server alone, and
 * no frame around them.
 *
 * @param serverUrl the chat server's address.
 * @param nonce of the inline scripts that Vite adds to pages served from their sources; a bundle has none.
 */
export function pageHeaders(serverUrl: string, nonce?: string): Readonly<Record<string, string>> {
  const { origin } = new URL(serverUrl)
  const own = nonce === undefined ? "'self'" : `'self' 'nonce-${nonce}'`
  const policy = [
    "default-src 'none'",
    `script-src ${own}`,
    `style-src ${own}`,
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self' ${origin} ${origin.replace(/^http/, 'ws')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  }
}
