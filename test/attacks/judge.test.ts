import { expect, it } from 'vitest'
import { judge, percentile, type Row } from './judge.js'

const server = { peakMB: 10, maxRuns: 4, startedRuns: 60, forgedCalls: 0, lines: 5, maxRooms: 100 }
const held: Row = {
  attack: 'a',
  tried: 'much',
  wrong: [],
  p99: 40,
  cpuP99: 20,
  controlP99: 10,
  samples: 100,
  server,
  ms: 2000,
}

it('an attack that costs others little is held', () => {
  expect(judge(held)).toEqual([])
})

it('on a machine that is busy with other things the server’s own time decides', () => {
  const busy = { ...held, p99: 900, controlP99: 300 }
  expect(judge(busy)).toEqual([])
  expect(judge({ ...busy, cpuP99: 210 })).toHaveLength(1)
})

it.each<[string, Partial<Row>]>([
  ['the server itself takes too long', { cpuP99: 210 }],
  ['others wait too long on a quiet machine', { p99: 300 }],
  ['others are not answered at all', { samples: 0, p99: Number.NaN, cpuP99: 0 }],
  ['the server has grown', { server: { ...server, peakMB: 101 } }],
  ['one user has too many answers at once', { server: { ...server, maxRuns: 5 } }],
  ['one user has begun too many answers', { server: { ...server, startedRuns: 64 } }],
  ['one connection has too many conversations open', { server: { ...server, maxRooms: 101 } }],
  ['a forged call was run', { server: { ...server, forgedCalls: 1 } }],
  ['the attack has seen a wrong answer', { wrong: ['accepted'] }],
])('an attack is not held if %s', (_why, change) => {
  expect(judge({ ...held, ...change })).not.toEqual([])
})

it('the 99th percentile of a hundred values is the second greatest', () => {
  expect(
    percentile(
      Array.from({ length: 100 }, (_, n) => 100 - n),
      0.99,
    ),
  ).toBe(99)
})
