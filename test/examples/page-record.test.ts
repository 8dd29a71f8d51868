import type { ChatTask } from 'reconvene'
import { describe, expect, it } from 'vitest'
import { PageRecord } from '../../examples/shared/page-record.js'
import { AppError } from '../../src/errors/app-error.js'
import { settle } from '../support/virtual-clock.js'

const answer = { id: 'm2', role: 'assistant', parts: [], createdAt: '', status: 'complete' } as const
const lost = new AppError({ message: 'x', code: 'network' })

type Promises = Pick<ChatTask, 'accepted' | 'finished'>

/** What is written down of tries at one task, one after the other. */
async function recorded(...tries: Promises[]) {
  const record = new PageRecord(() => 1000)
  for (const promises of tries) {
    record.followTask({ id: 't1', stop: () => Promise.resolve(), ...promises })
    await settle()
  }
  const { entries, undelivered } = record.getSnapshot()
  return { events: entries.map(({ event }) => event), undelivered: [...undelivered] }
}

const rejected = (error: unknown) => {
  const promise = Promise.reject(error)
  promise.catch(() => {})
  return promise
}

describe('the record of a message', () => {
  it('goes from written over accepted to answered', async () => {
    const { events } = await recorded({ accepted: Promise.resolve(), finished: Promise.resolve(answer) })
    expect(events).toEqual([{ kind: 'finished' }, { kind: 'accepted' }, { kind: 'sent' }])
  })

  it('says once that it was refused, and that its message can be taken off the screen', async () => {
    const { events, undelivered } = await recorded({ accepted: rejected(lost), finished: rejected(lost) })
    expect(events).toEqual([{ kind: 'refused', code: 'network' }, { kind: 'sent' }])
    expect(undelivered).toEqual(['t1'])
  })

  it('says that an accepted one got no answer', async () => {
    const { events, undelivered } = await recorded({ accepted: Promise.resolve(), finished: rejected(lost) })
    expect(events[0]).toEqual({ kind: 'ended', code: 'network' })
    expect(undelivered).toEqual([])
  })

  it('lets a retried one that is accepted at last stay on the screen', async () => {
    const refused = { accepted: rejected(lost), finished: rejected(lost) }
    const retried = { accepted: Promise.resolve(), finished: new Promise<never>(() => {}) }
    const { undelivered } = await recorded(refused, retried)
    expect(undelivered).toEqual([])
  })
})

describe('the record as a store', () => {
  it('tells its listeners of each event until they leave', () => {
    const record = new PageRecord(() => 1000)
    let calls = 0
    const leave = record.subscribe(() => {
      calls += 1
    })
    record.add({ kind: 'sent' })
    leave()
    record.add({ kind: 'accepted' })
    expect(calls).toBe(1)
    expect(record.getSnapshot().entries).toHaveLength(2)
  })
})
