import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** `npm run test:engines`: browsers that `npm test` does not ask for. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/engines/**/*.test.ts'],
    globalSetup: ['test/engines/global-setup.ts'],
    // Starting a browser takes several times as long on a busy machine as on a quiet one.
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
})
