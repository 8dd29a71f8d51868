import type { ChatTask } from 'reconvene'
import { describe, expect, it } from 'vitest'
import { recordTask, TimelineStore } from '../../examples/shared/timeline-store.js'
import { AppError } from '../../src/errors/app-error.js'
import { settle } from '../support/virtual-clock.js'

const answer = { id: 'm2', role: 'assistant', parts: [], createdAt: '', status: 'complete' } as const
const lost = new AppError({ message: 'x', code: 'network' })

async function recorded(task: Pick<ChatTask, 'accepted' | 'finished'>, undelivered = new Set<string>()) {
  const timeline = new TimelineStore(() => 1000)
  recordTask({ id: 't1', stop: () => Promise.resolve(), ...task }, timeline, undelivered)
  await settle()
  return { events: timeline.getSnapshot().map(({ event }) => event), undelivered }
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
    expect([...undelivered]).toEqual(['t1'])
  })

  it('says that an accepted one got no answer', async () => {
    const { events, undelivered } = await recorded({ accepted: Promise.resolve(), finished: rejected(lost) })
    expect(events[0]).toEqual({ kind: 'ended', code: 'network' })
    expect([...undelivered]).toEqual([])
  })

  it('lets a retried one that is accepted at last stay on the screen', async () => {
    const task = { accepted: Promise.resolve(), finished: new Promise<never>(() => {}) }
    const { undelivered } = await recorded(task, new Set(['t1']))
    expect([...undelivered]).toEqual([])
  })
})

describe('the timeline as a store', () => {
  it('tells its listeners of each event until they leave', () => {
    const timeline = new TimelineStore(() => 1000)
    let calls = 0
    const leave = timeline.subscribe(() => {
      calls += 1
    })
    timeline.add({ kind: 'sent' })
    leave()
    timeline.add({ kind: 'accepted' })
    expect(calls).toBe(1)
    expect(timeline.getSnapshot()).toHaveLength(2)
  })
})
