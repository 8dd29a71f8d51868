import { ChatClient } from 'reconvene'
import { indexedDbStorage } from 'reconvene/storage'
import { FaultConnection } from './fault-connection.js'
import { type PageOptions, readPageOptions } from './page-options.js'
import { PageRecord } from './page-record.js'

/** Everything a demo page stands on, made once and outside any framework. */
export interface Session {
  readonly options: PageOptions
  readonly client: ChatClient
  readonly record: PageRecord
  readonly faultConnection: FaultConnection
}

/** @param socketOptions of Socket.IO's client. */
export function openPage(socketOptions: Readonly<Record<string, unknown>> = {}): Session {
  const options = readPageOptions({
    search: location.search,
    browserLanguages: navigator.languages,
    serverUrl: document.querySelector<HTMLMetaElement>('meta[name="reconvene-server"]')?.content,
    newId: () => crypto.randomUUID(),
    storage: localStorage,
  })
  const { serverUrl, token, identity, language } = options
  const client = new ChatClient({
    url: serverUrl,
    socketOptions,
    locale: language,
    // A function, so that it is asked again if the server says that the token has expired.
    auth: () => token,
    // Messages typed without a network outlive the tab.
    identity,
    storage: indexedDbStorage(),
  })
  const record = new PageRecord()
  record.follow(client)
  return { options, client, record, faultConnection: new FaultConnection(serverUrl, token) }
}
