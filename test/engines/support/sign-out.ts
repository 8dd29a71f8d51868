import { ChatClient } from '../../../src/index.js'
import { indexedDbStorage } from '../../../src/storage/index.js'

declare global {
  interface Window {
    /** Signs out whom this page's address names, as another page of the same app does. */
    signOut?: () => Promise<void>
  }
}

window.signOut = async () => {
  const url = document.querySelector<HTMLMetaElement>('meta[name="reconvene-server"]')?.content ?? ''
  const identity = new URLSearchParams(location.search).get('token') ?? ''
  const client = new ChatClient({ url, identity, auth: identity, storage: indexedDbStorage() })
  await client.signOut()
  await client.close()
}
