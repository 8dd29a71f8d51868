/** `reconvene/browser`: the entries that a page without a bundler needs, in one file. */
export * from './index.js'
export * from './storage/index.js'
