import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { conversationKey, fileStore } from '../src/server/store/index.js'
import { conversationPath } from '../src/server/store/file-paths.js'
import { Talk } from './server/store/contract/talk.js'
const folder = mkdtempSync(join(tmpdir(), 'start-'))
const seed = fileStore(folder)
const key0 = conversationKey('u0', 'c0')
await new Talk(seed, key0).exchange('t1'); await seed.due(); await seed.close()
const line = readFileSync(conversationPath(folder, key0))
for (let n = 1; n < 100_000; n++) { const p = conversationPath(folder, conversationKey(`u${n >> 3}`, `c${n}`)); if ((n & 7) === 0 || n === 1) mkdirSync(dirname(p), { recursive: true }); try { writeFileSync(p, line) } catch { mkdirSync(dirname(p), { recursive: true }); writeFileSync(p, line) } }
global.gc?.(); const before = process.memoryUsage.rss(); const heap = process.memoryUsage().heapUsed; const t = performance.now()
const store = fileStore(folder); const due = await store.due(); const read = await store.read(key0)
console.log('start ms', performance.now() - t, 'rss MB', (process.memoryUsage.rss() - before) / 1e6, 'heap MB', (process.memoryUsage().heapUsed - heap) / 1e6, due.length, read.position.end)
await store.close(); rmSync(folder, { recursive: true })
