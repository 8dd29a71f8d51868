import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'
import { TestOrder } from './test/support/test-order.js'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// The examples import the package by its name, as a user's app does; here the name leads to the sources.
const alias = [
  { find: /^reconvene$/, replacement: at('./src/index.ts') },
  { find: /^reconvene\/errors$/, replacement: at('./src/errors/index.ts') },
  { find: /^reconvene\/recovery$/, replacement: at('./src/recovery/index.ts') },
  { find: /^reconvene\/storage$/, replacement: at('./src/storage/index.ts') },
  { find: /^reconvene\/react$/, replacement: at('./src/react/index.ts') },
  { find: /^reconvene\/server\/ai-sdk$/, replacement: at('./src/server/ai-sdk/index.ts') },
  { find: /^reconvene\/server$/, replacement: at('./src/server/index.ts') },
]

// The hooks' tests a second time, on the oldest React that is supported. Testing Library is taken as an ES module, so
// that its imports of react are resolved here too.
const react18 = [
  { find: /^react(?=$|\/)/, replacement: at('./test/react-18/node_modules/react') },
  { find: /^react-dom(?=$|\/)/, replacement: at('./test/react-18/node_modules/react-dom') },
  {
    find: /^@testing-library\/react$/,
    replacement: at('./node_modules/@testing-library/react/dist/@testing-library/react.esm.js'),
  },
]

// They keep the document that was there as they were loaded, and each test file has another one.
const holdsDocument = [/\/dompurify\//, /\/@testing-library\//]

// Set by `npm run test:quick`.
const leftOut = process.env.TEST_EXCLUDE?.split(',') ?? []

// It compares times in a page, so nothing may run beside it.
const pageTimes = 'test/browser/concurrent-react.test.ts'

export default defineConfig({
  plugins: [react()],
  resolve: { alias },
  build: {
    target: 'es2022',
    sourcemap: true,
    minify: false,
    lib: {
      formats: ['es'],
      entry: {
        index: at('./src/index.ts'),
        'errors/index': at('./src/errors/index.ts'),
        'react/index': at('./src/react/index.ts'),
        'recovery/index': at('./src/recovery/index.ts'),
        'storage/index': at('./src/storage/index.ts'),
      },
    },
    rolldownOptions: {
      external: ['react', 'react/jsx-runtime', 'socket.io-client', 'eventemitter3', 'nanoid', 'idb'],
      output: { chunkFileNames: 'chunks/[name].js' },
    },
  },
  test: {
    // A worker for each core; the runner itself has little to do while they work.
    maxWorkers: '100%',
    unstubGlobals: true,
    sequence: { sequencer: TestOrder },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          // A file's own modules are loaded anew all the same; those of packages once for each worker, but for these.
          isolate: false,
          server: { deps: { inline: holdsDocument } },
          // What takes long computes or starts a process, and on a busy machine that takes several times as long.
          testTimeout: 20_000,
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: [
            '**/node_modules/**',
            'test/integration/**',
            'test/faults/**',
            'test/browser/**',
            'test/engines/**',
            'test/memory/**',
            'test/performance/**',
            ...leftOut,
          ],
        },
      },
      {
        extends: true,
        resolve: { alias: react18 },
        test: {
          name: 'react-18',
          sequence: { groupOrder: 0 },
          isolate: false,
          server: { deps: { inline: holdsDocument } },
          include: ['test/react/**/*.test.{ts,tsx}'],
          env: { REACT_MAJOR: '18' },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          sequence: { groupOrder: 1 },
          isolate: false,
          server: { deps: { inline: holdsDocument } },
          include: ['test/integration/**/*.test.{ts,tsx}', 'test/faults/**/*.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          // Each file has a process of its own, whose heap is measured. What runs beside it has another heap.
          name: 'memory',
          sequence: { groupOrder: 1 },
          include: ['test/memory/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'performance',
          // Alone and one after the other: what is measured beside something else is that something else.
          sequence: { groupOrder: 2 },
          fileParallelism: false,
          include: ['test/performance/**/*.test.ts', pageTimes],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          sequence: { groupOrder: 1 },
          include: ['test/browser/**/*.test.ts'],
          exclude: [pageTimes],
          globalSetup: ['test/browser/global-setup.ts'],
          // Each worker has a few pages at once, which share the cores with their server and their browser.
          maxConcurrency: 3,
          isolate: false,
          // A busy machine takes several times as long for a page as a quiet one.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
