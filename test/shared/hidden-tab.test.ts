// @vitest-environment jsdom
import { afterEach, describe, expect, it, vi } from 'vitest'
import { setUp } from '../support/set-up.js'

afterEach(() => vi.restoreAllMocks())

/** A browser gives a hidden tab no frames. */
function showTab(isShown: boolean) {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(!isShown)
  const frames: FrameRequestCallback[] = []
  vi.spyOn(window, 'requestAnimationFrame').mockImplementation((frame) => frames.push(frame))
  return {
    frames,
    paint: () => {
      for (const frame of frames.splice(0)) frame(0)
    },
  }
}

describe('a page', () => {
  it('that is hidden is told of changes by a timer, four times a second', async () => {
    const { frames } = showTab(false)
    const { clock, conversation } = setUp({ responder: { words: 1000 } })
    let told = 0
    conversation.subscribe(() => told++)
    conversation.sendMessage('Hello')
    await clock.advance(3000)
    expect(frames).toEqual([])
    expect(told).toBeGreaterThanOrEqual(10)
    expect(told).toBeLessThanOrEqual(13)
  })

  it('that is shown is told of the first change at once, then once a frame, however much has changed', async () => {
    const { frames, paint } = showTab(true)
    const { clock, conversation } = setUp({ responder: { words: 1000 } })
    let told = 0
    conversation.subscribe(() => told++)
    conversation.sendMessage('Hello')
    await clock.advance(240)
    expect(frames).toHaveLength(1)
    expect(told).toBe(1)
    paint()
    expect(told).toBe(2)
    expect(conversation.getSnapshot().status).toBe('streaming')
  })
})
