import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The server half, for Node. What only it needs is bundled, so that a browser app installs none of it. */
export default defineConfig({
  build: {
    target: 'node20',
    sourcemap: true,
    minify: false,
    emptyOutDir: false,
    outDir: 'dist/server',
    ssr: true,
    rolldownOptions: {
      input: { index: at('./src/server/index.ts'), 'ai-sdk/index': at('./src/server/ai-sdk/index.ts') },
      external: [/^node:/, 'socket.io', 'nanoid'],
      output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js' },
    },
  },
  ssr: { noExternal: ['valibot', 'lru-cache'] },
})
