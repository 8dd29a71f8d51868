import { ChatClient } from 'reconvene'
import { FaultConnection } from './fault-connection.js'
import { type PageOptions, readPageOptions } from './page-options.js'
import { recordClient, TimelineStore } from './timeline-store.js'

/** Everything a demo page stands on, made once and outside any framework. */
export interface Session {
  readonly options: PageOptions
  readonly client: ChatClient
  readonly timeline: TimelineStore
  readonly faultConnection: FaultConnection
}

export function openPage(): Session {
  const options = readPageOptions({
    search: location.search,
    browserLanguages: navigator.languages,
    serverUrl: document.querySelector<HTMLMetaElement>('meta[name="reconvene-server"]')?.content,
    newId: () => crypto.randomUUID(),
    storage: localStorage,
  })
  const { serverUrl, token, language } = options
  const client = new ChatClient({
    url: serverUrl,
    locale: language,
    // Unsent messages are kept under it, so they outlive a reload. The demo's tokens are names; a real app gives the
    // signed-in person's id here and never the token.
    identity: token ?? 'guest',
    ...(token === undefined ? {} : { auth: () => token }),
  })
  const timeline = new TimelineStore()
  recordClient(client, timeline)
  return { options, client, timeline, faultConnection: new FaultConnection(serverUrl, token) }
}
