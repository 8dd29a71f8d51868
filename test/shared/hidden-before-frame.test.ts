// @vitest-environment jsdom
import { afterEach, expect, it, vi } from 'vitest'
import { setUp } from '../support/set-up.js'

afterEach(() => vi.restoreAllMocks())

it('a page that is hidden between a change and its frame is told of the answer by a timer', async () => {
  const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(false)
  // A hidden tab's frames wait until it is shown.
  const frames: FrameRequestCallback[] = []
  vi.spyOn(window, 'requestAnimationFrame').mockImplementation((frame) => frames.push(frame))
  const { clock, conversation } = setUp({ responder: { words: 5 } })
  let told = 0
  conversation.subscribe(() => told++)
  conversation.sendMessage('Hello') // asks for a frame
  hidden.mockReturnValue(true) // and the person turns to another tab
  await clock.advance(10_000)
  expect(conversation.getSnapshot().messages.at(-1)?.status).toBe('complete')
  expect(told).toBeGreaterThan(0)
})
