import { openPage } from '../shared/open-page.js'
import { chatPage } from './chat-page.js'
import { faultButtons } from './fault-buttons.js'

document.querySelector('#app')?.append(chatPage(openPage(), faultButtons))
