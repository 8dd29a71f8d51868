import { describe, expect, it } from 'vitest'
import { Breath } from '../../src/server/engine/breath.js'
import { LoopTurns } from '../../src/server/engine/loop-turns.js'
import { VirtualClock } from '../support/virtual-clock.js'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

function setUp() {
  const clock = new VirtualClock()
  return { clock, breath: new Breath(clock, new LoopTurns()) }
}

describe('an answer lets other work in between', () => {
  it('after 512 chunks of one turn of the event loop', async () => {
    const { breath } = setUp()
    for (let n = 1; n < 512; n++) expect(breath.needed()).toBeUndefined()
    await breath.needed()
    expect(breath.needed()).toBeUndefined()
  })

  it('after 10 ms of one turn of the event loop', async () => {
    const { breath, clock } = setUp()
    clock.jump(9)
    expect(breath.needed()).toBeUndefined()
    clock.jump(1)
    expect(breath.needed()).toBeInstanceOf(Promise)
  })

  it('and does not wait if the responder has done so itself', async () => {
    const { breath, clock } = setUp()
    for (let n = 0; n < 1000; n++) {
      clock.jump(20)
      await turn()
      expect(breath.needed()).toBeUndefined()
    }
  })
})
