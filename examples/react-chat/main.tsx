import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ChatProvider } from 'reconvene/react'
import { openPage } from '../shared/open-page.js'
import { App } from './app.js'
import { LanguageProvider } from './language.js'

// The client is made outside React: it outlives every render, and StrictMode's double mount makes no second one.
const session = openPage()
const root = document.querySelector('#app')

if (root)
  createRoot(root).render(
    <StrictMode>
      <ChatProvider client={session.client}>
        <LanguageProvider initial={session.options.language}>
          <App session={session} />
        </LanguageProvider>
      </ChatProvider>
    </StrictMode>,
  )
