import type {} from './trace-functions.js'

// Until the trip begins.
globalThis.enterFile = () => {}
