import { startServer } from '../../examples/mock-server/start-server.js'
import { fileStore } from '../../src/server/index.js'
import { systemClock } from '../../src/shared/clock.js'
import { WordResponder } from '../support/word-responder.js'

/** What the parent process hands over, as JSON, in the one argument. */
export interface ServerSettings {
  readonly port: number
  readonly log: string
  /** Words of an answer. */
  readonly words: number
  readonly paceMs: number
  readonly pingInterval: number
  readonly pingTimeout: number
  /** Runs of the responder are numbered after this one, so that no two processes' words are the same. */
  readonly startAfter: number
}

const settings = JSON.parse(process.argv[2] ?? '{}') as ServerSettings
const { port, log, words, paceMs, pingInterval, pingTimeout, startAfter } = settings

// Whoever started it is gone: nobody would end it.
process.on('disconnect', () => process.exit())

const server = await startServer({
  port,
  store: fileStore(log),
  responder: new WordResponder({ clock: systemClock, words, pace: paceMs, startAfter }),
  pingInterval,
  pingTimeout,
})
process.send?.(server.url)
