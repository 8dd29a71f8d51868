import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

/** One file for pages without a bundler: the SDK with everything that it needs, minified. */
export default defineConfig({
  define: { 'process.env.NODE_ENV': '"production"' },
  build: {
    target: 'es2022',
    sourcemap: true,
    emptyOutDir: false,
    modulePreload: false,
    rolldownOptions: {
      input: fileURLToPath(new URL('./src/browser.ts', import.meta.url)),
      preserveEntrySignatures: 'strict',
      output: { format: 'es', entryFileNames: 'reconvene.browser.js' },
    },
  },
})
