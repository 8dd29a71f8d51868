import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { traceFunctions } from './trace-functions.js'

/** `npm run trip`: the sources, in which every function says that it is entered. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  plugins: [traceFunctions(fileURLToPath(new URL('../../src/', import.meta.url)))],
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/trip/trip.measure.tsx'],
    setupFiles: ['test/trip/ignore-entries.ts'],
  },
})
