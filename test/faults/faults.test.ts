import { beforeAll, describe, expect, it } from 'vitest'
import { contenders } from './contenders.js'
import { faultKinds } from './fault-kinds.js'
import { harm } from './judge.js'
import { runFault } from './run-fault.js'
import { heartbeat, type ServerProcess, startServerProcess } from './server-process.js'

let server: ServerProcess
beforeAll(async () => {
  server = await startServerProcess(heartbeat)
  return () => server.close()
}, 60_000)

const size = { people: 2, rounds: 1, messages: 4 }
const [ours] = contenders
const ofTheServer: readonly string[] = ['killed', 'log lost']

describe('each message is stored once and in order, each promise settles, and the screen is the log’s', () => {
  for (const [seed, kind] of faultKinds.entries()) {
    // What befalls the server befalls everybody, so those have it to themselves.
    const run = ofTheServer.includes(kind.name) ? it.sequential : it.concurrent
    run(`where ${kind.does}`, { timeout: 60_000 }, async () => {
      const figures = await runFault({ kind, contender: ours, server, size, seed })
      expect(figures.sent).toBe(10)
      expect(harm(figures)).toEqual({ lost: 0, duplicated: 0, outOfOrder: 0, hung: 0 })
      expect(figures.wrongScreens).toBe(0)
      expect(figures.unanswered).toBe(0)
      if (kind.name !== 'log lost') expect(figures.lostAndSaid).toBe(0)
    })
  }
})
