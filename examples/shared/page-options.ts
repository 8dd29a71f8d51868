import { chooseLanguage, type Language } from './language.js'

export interface PageOptions {
  readonly language: Language
  readonly conversationId: string
  readonly token: string | undefined
  /** The signed-in person, as the mock server reads them from the token. */
  readonly identity: string
  readonly serverUrl: string
}

export interface PageSurroundings {
  /** The page's query, as `location.search` has it. */
  readonly search: string
  /** The browser's languages, best first. */
  readonly browserLanguages: readonly string[]
  /** Where the demo runner says that the server listens. */
  readonly serverUrl: string | null | undefined
  readonly newId: () => string
  readonly storage: Pick<Storage, 'getItem' | 'setItem'>
}

const storedIdKey = 'reconvene-demo:conversation'

/**
 * The options in the page's address: `?lang=`, `?conversation=` and `?token=`, each with a default. The server is the demo
 * runner's alone: a link could otherwise send a person's stored messages to another server.
 *
 * @throws Error if the demo runner named no server, or no usable address.
 */
export function readPageOptions(page: PageSurroundings): PageOptions {
  const query = new URLSearchParams(page.search)
  const token = query.get('token') || undefined
  return {
    language: chooseLanguage([query.get('lang'), ...page.browserLanguages]),
    conversationId: query.get('conversation') || storedConversationId(page),
    token,
    identity: token?.split(':')[0] || 'guest',
    serverUrl: checkedUrl(page.serverUrl),
  }
}

function storedConversationId({ storage, newId }: PageSurroundings): string {
  try {
    const stored = storage.getItem(storedIdKey)
    if (stored) return stored
    const id = newId()
    storage.setItem(storedIdKey, id)
    return id
  } catch {
    // Storage is refused in some private windows; the conversation then lasts as long as the tab.
    return newId()
  }
}

function checkedUrl(url: string | null | undefined): string {
  if (!url) throw new Error('unable to open the page; no server address, start it with "npm run demo"')
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw new Error('unable to open the page; server is not an http or https address')
  return url
}
