import { ChatClient } from 'reconvene'
import { FaultConnection } from './fault-connection.js'
import { type PageOptions, readPageOptions } from './page-options.js'
import { recordClient, TimelineStore } from './timeline-store.js'

/** Everything a demo page stands on, made once and outside any framework. */
export interface Session {
  readonly options: PageOptions
  readonly client: ChatClient
  readonly timeline: TimelineStore
  /** The ids of this page's tasks that the server does not have. */
  readonly undelivered: Set<string>
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
    // A function, so that it is asked again where the server says that the token has expired.
    auth: () => token,
  })
  const timeline = new TimelineStore()
  recordClient(client, timeline)
  const faultConnection = new FaultConnection(serverUrl, token)
  return { options, client, timeline, undelivered: new Set(), faultConnection }
}
