import * as nodeFs from 'node:fs'
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { conversationPath } from '../../../src/server/store/file-paths.js'
import { type FileStoreOptions, fileStore } from '../../../src/server/store/file-store.js'
import { FolderInUseError } from '../../../src/server/store/folder-lock.js'
import { type ChatStore, conversationKey } from '../../../src/server/store/index.js'
import type { StoreFileSystem } from '../../../src/server/store/store-file-system.js'
import { VirtualClock } from '../../support/virtual-clock.js'
import { isStored, Talk, time } from './contract/talk.js'
import { recordingLogger } from './recording-logger.js'
import { temporaryFolder } from './temporary-folder.js'

const key = conversationKey('ann', 'demo')
const other = conversationKey('bob', 'demo')

/** Node's file system, and the paths of the files that are read through it. */
function notedReads() {
  const read: unknown[] = []
  const fs: StoreFileSystem = {
    ...nodeFs,
    readFile: (path, done) => {
      read.push(path)
      nodeFs.readFile(path, done)
    },
  }
  return { fs, read }
}

const withoutHolder = ({ holder: _holder, ...read }: Awaited<ReturnType<ChatStore['read']>>) => read

const failure = (code: string) => Object.assign(new Error(code), { code })

/** A disk on which `room` bytes are free. */
function smallDisk(room: number) {
  const disk = { room }
  const fs: StoreFileSystem = {
    ...nodeFs,
    writeSync: (file, bytes, from, length, at) => {
      const fitting = Math.min(length, disk.room)
      if (fitting === 0) throw failure('ENOSPC')
      disk.room -= fitting
      return nodeFs.writeSync(file, bytes, from, fitting, at)
    },
  }
  return { disk, fs }
}

/** The disk of a store that is open, and that is full from now on. */
async function fullStore(options: FileStoreOptions = {}) {
  const folder = temporaryFolder()
  const { disk, fs } = smallDisk(1e9)
  const logger = recordingLogger()
  const store = fileStore(folder, { fs, logger, ...options })
  const talk = new Talk(store, key)
  isStored(await talk.send('t1'))
  return { folder, disk, store, talk, logger }
}

describe('on a full disk', () => {
  it('a step is refused as overloaded and stored nowhere; the next one goes on once there is room', async () => {
    const { folder, disk, store, talk, logger } = await fullStore()
    const before = await talk.read()
    const step = await talk.accepting('t2')
    // However much of the step fits.
    for (let room = 0; room < 400; room += 7) {
      disk.room = room
      await expect(talk.append(step)).rejects.toMatchObject({ code: 'overloaded', retryable: true })
      expect(await talk.read()).toEqual(before)
    }
    expect(logger.lines[0]).toEqual(['error', 'conversation could not be written', { errno: 'ENOSPC' }])
    disk.room = 1e9
    isStored(await talk.append(step))
    const after = withoutHolder(await talk.read())
    await store.close()
    const again = fileStore(folder)
    expect(withoutHolder(await again.read(key))).toEqual(after)
    await again.close()
  })

  it('a conversation that could not begin does not exist', async () => {
    const { disk, store } = await fullStore()
    for (const room of [0, 10, 100]) {
      disk.room = room
      await expect(new Talk(store, other).send('t1')).rejects.toMatchObject({ code: 'overloaded' })
      expect((await store.read(other)).exists).toBe(false)
    }
    disk.room = 1e9
    isStored(await new Talk(store, other).send('t1'))
    expect((await store.read(other)).position.end).toBe(1)
    await store.close()
  })

  it('what is stored is read, and a fold is refused', async () => {
    const { disk, store, talk } = await fullStore()
    await talk.stop('t1')
    disk.room = 5
    await expect(talk.compactExchange('t1')).rejects.toMatchObject({ code: 'overloaded' })
    const { base, events } = await talk.read()
    expect([base, events.length]).toEqual([0, 2])
    await store.close()
  })
})

describe('with durability disk', () => {
  /** Syncs that end when the test says so. */
  function slowDisk() {
    const waiting: ((error: NodeJS.ErrnoException | null) => void)[] = []
    const fs: StoreFileSystem = {
      ...nodeFs,
      fdatasync: (_file, done) => {
        waiting.push(done)
      },
    }
    const finish = async (error: NodeJS.ErrnoException | null = null) => {
      for (const done of waiting.splice(0)) done(error)
      await new Promise((resolve) => setImmediate(resolve))
    }
    return { fs, waiting, finish }
  }

  const settled = async (promise: Promise<unknown>) => {
    let isSettled = false
    const done = () => {
      isSettled = true
    }
    promise.then(done, done)
    await new Promise((resolve) => setImmediate(resolve))
    return isSettled
  }

  async function begun() {
    const disk = slowDisk()
    const store = fileStore(temporaryFolder(), { durability: 'disk', fs: disk.fs })
    const talk = new Talk(store, key)
    const accepted = await talk.accepting('t1')
    const first = talk.append(accepted)
    expect(await settled(first)).toBe(false)
    await disk.finish()
    isStored(await first)
    return { disk, store, talk }
  }

  it('neither the step nor anything that tells of it is answered before the sync', async () => {
    const { disk, store, talk } = await begun()
    const told: unknown[] = []
    await store.subscribe(key, (change) => told.push(change))
    const step = await talk.accepting('t2')
    const { epoch } = step.expect
    const fold = { epoch, base: 5, offset: 6, changedMessages: [], order: { keep: 0, ids: [] } }
    const promises = [talk.append(step), talk.append(step), talk.read(), store.compact(key, fold)]
    for (const promise of promises) expect(await settled(promise)).toBe(false)
    expect(told).toEqual([])
    await disk.finish()
    await disk.finish()
    for (const promise of promises) expect(await settled(promise)).toBe(true)
    expect(told).toHaveLength(1)
    await store.close()
  })

  it('steps that come during a sync share the next one', async () => {
    const { disk, store, talk } = await begun()
    const lease = await talk.lease()
    const first = talk.decide({ lease: talk.next(lease), running: { taskId: 't1', attempt: 1, try: 1 } })
    expect(await settled(first)).toBe(false)
    const rest = Array.from({ length: 20 }, (_, n) => talk.stream('t1', `${n}`, lease))
    for (const promise of rest) expect(await settled(promise)).toBe(false)
    expect(disk.waiting).toHaveLength(1)
    await disk.finish()
    expect(await settled(first)).toBe(true)
    expect(disk.waiting).toHaveLength(1)
    await disk.finish()
    for (const promise of rest) isStored(await promise)
    await store.close()
  })

  it('steps whose sync fails are refused and are not there afterwards', async () => {
    const { disk, store, talk } = await begun()
    const before = await talk.read()
    const step = await talk.accepting('t2')
    const refused = [talk.append(step), talk.append(step)]
    for (const promise of refused) expect(await settled(promise)).toBe(false)
    await disk.finish(failure('EIO') as NodeJS.ErrnoException)
    for (const promise of refused) await expect(promise).rejects.toMatchObject({ code: 'overloaded' })
    expect(await talk.read()).toEqual(before)
    const again = talk.append(await talk.accepting('t2'))
    expect(await settled(again)).toBe(false)
    await disk.finish()
    isStored(await again)
    await store.close()
  })
})

describe('the lock of the folder', () => {
  it('keeps a second store out until the first one is closed', async () => {
    const folder = temporaryFolder()
    const first = fileStore(folder)
    await first.read(key)
    const second = fileStore(folder)
    await expect(second.read(key)).rejects.toBeInstanceOf(FolderInUseError)
    await expect(second.due()).rejects.toBeInstanceOf(FolderInUseError)
    await first.close()
    expect((await second.read(key)).exists).toBe(false)
    await second.close()
    await expect(second.read(key)).rejects.toThrow('closed')
  })

  it('refuses each step after its end, and leaves no rejection that nobody handles', async () => {
    const store = fileStore(temporaryFolder())
    isStored(await new Talk(store, key).send('t1'))
    const { position } = await store.read(key)
    await store.close()
    const step = { kind: 'decide', expect: position, at: time, events: [], tasks: [] } as const
    const unhandled: unknown[] = []
    const note = (error: unknown) => void unhandled.push(error)
    process.on('unhandledRejection', note)
    await expect(store.append(key, step)).rejects.toThrow('closed')
    expect(store.appendNow?.(key, step)).toBeUndefined()
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  it.each([
    ['opens', '007', /^false$/],
    ['refuses, and does not wait for ever,', '99999999999999999999', /unable to lock the folder/],
  ])('%s if its folder of owners has a file %s', async (_, name, answer) => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'owner'))
    writeFileSync(join(folder, 'owner', name), 'x')
    const store = fileStore(folder)
    expect(await store.read(key).then(({ exists }) => `${exists}`, String)).toMatch(answer)
    await store.close()
  })

  it('lets one of several stores in that start at the same time', async () => {
    const folder = temporaryFolder()
    const stores = Array.from({ length: 5 }, () => fileStore(folder))
    const answers = await Promise.allSettled(stores.map((store) => store.read(key)))
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const store of stores) await store.close()
  })

  it('works in a folder whose path is longer than that of a socket may be', async () => {
    const folder = join(temporaryFolder(), 'x'.repeat(120))
    const first = fileStore(folder)
    isStored(await new Talk(first, key).send('t1'))
    await expect(fileStore(folder).read(key)).rejects.toBeInstanceOf(FolderInUseError)
    await first.close()
    const second = fileStore(folder)
    expect((await second.read(key)).exists).toBe(true)
    await second.close()
  })
})

describe('what is open and held', () => {
  it('is bounded, whatever is used at the same time', async () => {
    let open = 0
    let most = 0
    const fs: StoreFileSystem = {
      ...nodeFs,
      openSync: (path, flags) => {
        most = Math.max(most, ++open)
        return nodeFs.openSync(path, flags)
      },
      closeSync: (file) => {
        open -= 1
        nodeFs.closeSync(file)
      },
    }
    const store = fileStore(temporaryFolder(), { fs, maxOpenFiles: 4, maxCachedBytes: 20_000 })
    const talks = Array.from({ length: 40 }, (_, n) => new Talk(store, conversationKey('ann', `${n}`)))
    await Promise.all(talks.map((talk) => talk.exchange('t1')))
    await Promise.all(talks.map((talk) => talk.exchange('t2', 'again')))
    for (const talk of talks) expect(await talk.texts()).toEqual(['Hi', 'again'])
    // One more is open while a marker is written.
    expect(most).toBeLessThanOrEqual(6)
    await store.close()
    expect(open).toBe(0)
  })

  it('is bounded by bytes also if the conversations grow only while they are held', async () => {
    const { fs, read } = notedReads()
    const folder = temporaryFolder()
    const store = fileStore(folder, { fs, maxCachedBytes: 20_000 })
    const [first, second] = [new Talk(store, key), new Talk(store, other)]
    isStored(await first.send('t1'))
    isStored(await second.send('t1'))
    await first.read()
    for (const talk of [first, second]) isStored(await talk.send('t2', { user: 'x'.repeat(12_000) }))
    read.length = 0
    expect((await second.read()).tasks).toHaveLength(2)
    expect(read).toEqual([])
    expect((await first.read()).tasks).toHaveLength(2)
    expect(read).toEqual([conversationPath(folder, key)])
    await store.close()
  })

  it('is not more for a conversation that is larger than the cache', async () => {
    const store = fileStore(temporaryFolder(), { maxCachedBytes: 2_000 })
    const talk = new Talk(store, key)
    isStored(await talk.send('t1', { user: 'x'.repeat(10_000) }))
    await new Talk(store, other).exchange('t1')
    expect((await talk.read()).tasks[0]?.user).toHaveLength(10_000)
    await store.close()
  })
})

describe('the start', () => {
  it('reads the conversations with open work only', async () => {
    const folder = temporaryFolder()
    const before = fileStore(folder)
    for (let n = 0; n < 30; n += 1) await new Talk(before, conversationKey('ann', `${n}`)).exchange('t1')
    await before.due()
    isStored(await new Talk(before, key).send('t1'))
    await before.close()
    const { fs, read: files } = notedReads()
    const store = fileStore(folder, { fs })
    expect(await store.due()).toEqual([key])
    expect(files).toEqual([conversationPath(folder, key)])
    await store.close()
  })

  it('marks open work before the work is stored, so none is forgotten', async () => {
    const folder = temporaryFolder()
    let marked: string[] = []
    const fs: StoreFileSystem = {
      ...nodeFs,
      openSync: (path, flags) => {
        if (path === conversationPath(folder, key)) marked = readdirSync(join(folder, 'open'))
        return nodeFs.openSync(path, flags)
      },
    }
    const store = fileStore(folder, { fs })
    isStored(await new Talk(store, key).send('t1'))
    expect(marked).toHaveLength(1)
    await store.close()
  })

  it('drops a mark whose work was never stored, and a mark that was cut off', async () => {
    const folder = temporaryFolder()
    const before = fileStore(folder)
    isStored(await new Talk(before, key).send('t1'))
    await before.close()
    nodeFs.unlinkSync(conversationPath(folder, key))
    nodeFs.writeFileSync(join(folder, 'open', 'a'.repeat(40)), '{"ke')
    const store = fileStore(folder)
    expect(await store.due()).toEqual([])
    expect(readdirSync(join(folder, 'open'))).toEqual([])
    await store.close()
  })
})

describe('a fold', () => {
  async function longAnswer(talk: Talk, words: number) {
    isStored(await talk.send('t1'))
    const lease = await talk.lease()
    isStored(await talk.start('t1', lease))
    for (let n = 0; n < words; n += 1) isStored(await talk.stream('t1', 'word ', lease))
    return lease
  }

  it('leaves a file of at most twice the text of an answer of 4,000 deltas', async () => {
    const folder = temporaryFolder()
    const store = fileStore(folder)
    const talk = new Talk(store, key)
    const lease = await longAnswer(talk, 4_000)
    isStored(await talk.finish('t1', lease))
    const text = 'word '.repeat(4_000)
    expect((await talk.compactExchange('t1', text)).result).toBe('ok')
    const read = withoutHolder(await talk.read())
    await store.close()
    expect(statSync(conversationPath(folder, key)).size).toBeLessThan(2 * text.length)
    const again = fileStore(folder)
    expect(withoutHolder(await again.read(key))).toEqual(read)
    await again.close()
  })

  it('loses nothing that is appended while the file is written anew', async () => {
    const folder = temporaryFolder()
    let rewritten = () => {}
    const fs: StoreFileSystem = {
      ...nodeFs,
      fdatasync: (file, done) => {
        rewritten = () => nodeFs.fdatasync(file, done)
      },
    }
    const store = fileStore(folder, { fs })
    const talk = new Talk(store, key)
    const lease = await longAnswer(talk, 2_000)
    expect((await talk.compactExchange('t1', 'word '.repeat(2_000))).result).toBe('ok')
    const sizeBefore = statSync(conversationPath(folder, key)).size
    for (const text of ['a', 'b', 'c']) isStored(await talk.stream('t1', text, lease))
    rewritten()
    const isSmaller = () => statSync(conversationPath(folder, key)).size < sizeBefore
    while (!isSmaller()) await new Promise((resolve) => setImmediate(resolve))
    isStored(await talk.stream('t1', 'd', lease))
    const read = withoutHolder(await talk.read())
    expect(await talk.texts()).toEqual(['a', 'b', 'c', 'd'])
    await store.close()
    const again = fileStore(folder)
    expect(withoutHolder(await again.read(key))).toEqual(read)
    await again.close()
  })

  it('stays if the file can’t be written anew', async () => {
    const folder = temporaryFolder()
    const logger = recordingLogger()
    const fs: StoreFileSystem = {
      ...nodeFs,
      renameSync: (from, to) => {
        if (from.endsWith('.jsonl.tmp')) throw failure('EIO')
        nodeFs.renameSync(from, to)
      },
    }
    const store = fileStore(folder, { fs, logger })
    const talk = new Talk(store, key)
    const lease = await longAnswer(talk, 2_000)
    await talk.compactExchange('t1', 'word '.repeat(2_000))
    isStored(await talk.stream('t1', 'more', lease))
    const read = withoutHolder(await talk.read())
    await store.close()
    expect(logger.lines).toEqual([['warn', 'conversation file could not be written anew', { errno: 'EIO' }]])
    const again = fileStore(folder)
    expect(withoutHolder(await again.read(key))).toEqual(read)
    await again.close()
  })
})

describe('a conversation that may be forgotten', () => {
  it('is removed from the folder, though nobody asks for it', async () => {
    const folder = temporaryFolder()
    const clock = new VirtualClock()
    const store = fileStore(folder, { clock })
    isStored(await new Talk(store, key).stop('t1', { keepMs: 60_000, at: time }))
    isStored(await new Talk(store, other).stop('t1', { keepMs: 60_000, at: time + 3_600_000 }))
    for (const each of [key, other]) utimesSync(conversationPath(folder, each), 1, 1)
    await clock.advance(120_000)
    await store.due()
    expect(() => readFileSync(conversationPath(folder, key))).toThrow('ENOENT')
    expect((await store.read(other)).exists).toBe(true)
    await store.close()
  })
})

describe('the options', () => {
  it.each([
    [{ durability: 'none' }, 'durability'],
    [{ maxOpenFiles: 0 }, 'maxOpenFiles'],
    [{ clock: {} }, 'clock.now'],
  ])('name what is wrong: %j', (options, name) => {
    expect(() => fileStore('./folder', options as FileStoreOptions)).toThrow(name)
  })

  it('want a folder', () => {
    expect(() => fileStore('')).toThrow('folder')
  })

  it('make the folder if it is missing', async () => {
    const folder = join(temporaryFolder(), 'a', 'b')
    const store = fileStore(folder)
    isStored(await new Talk(store, key).send('t1'))
    expect(readdirSync(folder).length).toBeGreaterThan(0)
    await store.close()
    mkdirSync(folder, { recursive: true })
  })
})
