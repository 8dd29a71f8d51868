/** `reconvene/browser`: the entries that a page without a bundler needs, in one file. */
export * from './index.js'
export { indexedDbStorage } from './storage/index.js'
