import { bareSocket } from './bare-socket.js'
import type { Contender } from './contender.js'
import { domFloor } from './dom-floor.js'
import { reactFloor } from './react-floor.js'
import { reconvene } from './reconvene.js'
import { type RenderCase, type Started, startCase } from './run-case.js'
import { stateFloor } from './state-floor.js'

// By pattern, so that the types of packages that are not installed with the rest are not asked for.
const peers = import.meta.glob<{ contender: Contender }>('../../peers/*.tsx')

const own: Readonly<Record<string, Contender>> = {
  'dom-floor': domFloor,
  'react-floor': reactFloor,
  'state-floor': stateFloor,
  reconvene,
  'bare-socket': bareSocket,
}

async function find(name: string): Promise<Contender> {
  const peer = peers[`../../peers/${name}.tsx`]
  const found = own[name] ?? (await peer?.())?.contender
  if (!found) throw new RangeError(`unable to start ${name}; there is no such contender`)
  return found
}

let started: Started | undefined

const bench = {
  start: async (name: string, one: RenderCase) => {
    started = await startCase(await find(name), one)
  },
  run: () => started?.run(),
}

export type RenderBench = typeof bench

Object.assign(window, { bench })
