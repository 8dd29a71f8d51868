import { ChatClient } from '../../../src/index.js'
import { startServerProcess } from '../../faults/server-process.js'
import { startTcpProxy } from '../../support/tcp-proxy.js'
import { type Contender, contenders, type Running, type Whereabouts } from './contenders.js'
import type { Failure } from './failures.js'

/** Milliseconds from "possible again" on, of each page. */
export interface Returns {
  readonly connected: number[]
  /** Until the page shows what it missed. */
  readonly shown: number[]
}

// Enough words for the answer to go on through the longest of the failures.
const words = 3000
const paceMs = 20
const pagesAtOnce = 4
const pagesOfOneRound = 10
const patience = 100_000

/** Resolves once `condition` holds, looked at after each change. */
function until(page: Running, condition: () => boolean): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error('unable to go on; a page has not come back in time')),
      patience,
    )
    const look = () => {
      if (!condition()) return
      clearTimeout(timer)
      resolve(performance.now())
    }
    page.onChange(look)
    look()
  })
}

/** An answer that goes on for longer than anything here. @returns what ends the person's own client. */
async function beginAnswer({ url, user, conversationId }: Whereabouts): Promise<() => Promise<void>> {
  const person = new ChatClient({ url, auth: user, socketOptions: { transports: ['websocket'] } })
  await person.conversation(conversationId).sendMessage('Begin').accepted
  return () => person.close()
}

/** Lets one failure happen to pages of all contenders at once, so that all have the same weather. */
async function oneRound(
  { happen, answerGoesOn }: Failure,
  pages: number,
): Promise<ReadonlyMap<Contender, Returns>> {
  const server = await startServerProcess({ words, paceMs, pingInterval: 25_000, pingTimeout: 20_000 })
  const proxy = await startTcpProxy(server.url)
  const running: { contender: Contender; page: Running; before: number; lost: boolean }[] = []
  try {
    const at = { user: 'alice', conversationId: 'long' }
    const endPerson = await beginAnswer({ ...at, url: server.url })
    for (const contender of contenders)
      for (let index = 0; index < pages; index++) {
        const page = contender.start({ ...at, url: proxy.url })
        running.push({ contender, page, before: 0, lost: false })
      }
    await Promise.all(running.map(({ page }) => until(page, () => page.isConnected() && page.shown() > 10)))
    // Everybody's backoff begins anew after a connection that was up for a while.
    await new Promise((resolve) => setTimeout(resolve, 1000))
    for (const one of running) {
      one.before = one.page.shown()
      one.page.onChange(() => {
        if (!one.page.isConnected()) one.lost = true
      })
    }
    await happen({ server, proxy, wake: () => running.forEach(({ page }) => void page.wake()) })
    const possible = performance.now()
    const returns = new Map(
      contenders.map((contender) => [contender, { connected: [], shown: [] } as Returns]),
    )
    await Promise.all(
      running.map(async (one) => {
        const { page, contender } = one
        const connected = await until(page, () => one.lost && page.isConnected())
        const times = returns.get(contender)
        times?.connected.push(connected - possible)
        if (!answerGoesOn) return
        const shown = await until(page, () => page.isConnected() && page.shown() > one.before)
        times?.shown.push(shown - possible)
      }),
    )
    await endPerson()
    return returns
  } finally {
    for (const { page } of running) page.close()
    await proxy.close()
    await server.close()
  }
}

/** All rounds of one failure, by contender. */
export async function measureReturns(
  failure: Failure,
  runs: number,
): Promise<ReadonlyMap<Contender, Returns>> {
  const rounds = failure.rounds(runs)
  const all = new Map(contenders.map((contender) => [contender, { connected: [], shown: [] } as Returns]))
  for (let round = 0; round < rounds; round++) {
    const returns = await oneRound(failure, rounds === 1 ? pagesOfOneRound : pagesAtOnce)
    for (const [contender, { connected, shown }] of returns) {
      all.get(contender)?.connected.push(...connected)
      all.get(contender)?.shown.push(...shown)
    }
  }
  return all
}
