import type { JSHandle, Page } from 'playwright-core'

/** The SDK alone, for a client that the test makes in the page itself. */
export const sdkOf = (page: Page): Promise<JSHandle<typeof import('../../../src/browser.js')>> =>
  // As text, or the test runner would take the import for its own.
  page.evaluateHandle('import("/sdk.js")')
