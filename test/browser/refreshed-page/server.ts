import { inPageServer } from '../../support/page/in-page-server.js'

export const server = inPageServer({ keepsLog: true })
server.push(0, { type: 'start', attempt: 1 })
