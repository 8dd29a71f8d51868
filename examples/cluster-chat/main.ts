import { openPage } from '../shared/open-page.js'
import { chatPage } from '../vanilla-chat/chat-page.js'
import { clusterPanel } from './cluster-panel.js'

// By WebSocket alone: the requests of long polling would each go to another node.
const session = openPage({ transports: ['websocket'] })
document.querySelector('#app')?.append(chatPage(session, clusterPanel))
