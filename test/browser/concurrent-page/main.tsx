import { reactVersion, scenarios } from './scenarios.js'

const concurrent = { reactVersion, scenarios }

export type ConcurrentPage = typeof concurrent

Object.assign(window, { concurrent })
