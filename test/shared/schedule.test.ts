// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { frameSchedule, type Schedule } from '../../src/shared/schedule.js'
import { settle, VirtualClock } from '../support/virtual-clock.js'

/** The frames that a page has asked for, which a test lets come. */
let frames: Map<number, () => void>
let nextId: number
const comeFrame = () => {
  const due = [...frames.values()]
  frames.clear()
  for (const callback of due) callback()
}

let clock: VirtualClock
let schedule: Schedule
let flush: ReturnType<typeof vi.fn<() => void>>

beforeEach(() => {
  frames = new Map()
  nextId = 1
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => {
    frames.set(nextId, callback)
    return nextId++
  })
  vi.stubGlobal('cancelAnimationFrame', (id: number) => frames.delete(id))
  clock = new VirtualClock()
  schedule = frameSchedule(clock)
  flush = vi.fn<() => void>()
})

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const hide = () => vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)

describe('a page that shows frames', () => {
  it('is told of a first change at once, but not before the caller has finished', async () => {
    schedule(flush)
    expect(flush).not.toHaveBeenCalled()
    await settle()
    expect(flush).toHaveBeenCalledOnce()
  })

  it('is told of the next change with the frame, once', async () => {
    schedule(flush)
    await settle()
    schedule(flush)
    schedule(flush)
    await settle()
    expect(flush).toHaveBeenCalledOnce()
    comeFrame()
    expect(flush).toHaveBeenCalledTimes(2)
  })

  it('is told at once again after a frame without a change', async () => {
    schedule(flush)
    await settle()
    comeFrame()
    expect(flush).toHaveBeenCalledOnce()
    schedule(flush)
    await settle()
    expect(flush).toHaveBeenCalledTimes(2)
  })

  it('is told once a frame while changes go on', async () => {
    for (let count = 0; count < 10; count++) {
      schedule(flush)
      await settle()
      comeFrame()
      schedule(flush)
      await settle()
    }
    expect(flush.mock.calls.length).toBeLessThanOrEqual(11)
  })

  it('is told of all its conversations with the same frame', async () => {
    const other = vi.fn<() => void>()
    schedule(flush)
    await settle()
    schedule(flush)
    schedule(other)
    await settle()
    expect(other).not.toHaveBeenCalled()
    comeFrame()
    expect([flush.mock.calls.length, other.mock.calls.length]).toEqual([2, 1])
  })

  it('keeps no timer and asks for no more frames when nothing changes any more', async () => {
    schedule(flush)
    await settle()
    comeFrame()
    expect(clock.pending).toBe(0)
    expect(frames.size).toBe(0)
  })

  it('is told of nothing that was undone, and leaves no timer', async () => {
    schedule(flush)()
    await settle()
    expect(flush).not.toHaveBeenCalled()
    schedule(flush)
    await settle()
    schedule(flush)()
    expect(clock.pending).toBe(0)
    comeFrame()
    expect(flush).toHaveBeenCalledOnce()
  })
})

describe('a page without frames', () => {
  // As Chromium does for an iframe of another origin under display:none.
  it('that is a hidden iframe of a shown page is told four times a second', async () => {
    for (let count = 0; count < 10; count++) {
      schedule(flush)
      await clock.advance(100)
    }
    expect(flush.mock.calls.length).toBeGreaterThanOrEqual(4)
    expect(flush.mock.calls.length).toBeLessThanOrEqual(5)
  })

  it('that is hidden is told at once after a pause, then four times a second', async () => {
    hide()
    schedule(flush)
    await settle()
    expect(flush).toHaveBeenCalledOnce()
    schedule(flush)
    await clock.advance(249)
    expect(flush).toHaveBeenCalledOnce()
    await clock.advance(1)
    expect(flush).toHaveBeenCalledTimes(2)
  })

  it('that is hidden before its frame comes is told by a timer', async () => {
    schedule(flush)
    await settle()
    schedule(flush)
    hide()
    await clock.advance(250)
    expect(flush).toHaveBeenCalledTimes(2)
  })

  it('has 16 ms between two notifications if the platform has no frames at all', async () => {
    vi.stubGlobal('requestAnimationFrame', undefined)
    schedule(flush)
    await settle()
    await clock.advance(10)
    schedule(flush)
    await clock.advance(5)
    expect(flush).toHaveBeenCalledOnce()
    await clock.advance(1)
    expect(flush).toHaveBeenCalledTimes(2)
  })

  it('is told in time though the clock was set back', async () => {
    vi.stubGlobal('requestAnimationFrame', undefined)
    schedule(flush)
    await settle()
    clock.jump(-3_600_000)
    schedule(flush)
    await clock.advance(16)
    expect(flush).toHaveBeenCalledTimes(2)
  })
})
