import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { conversationPath } from '../../../src/server/store/file-paths.js'
import { fileStore } from '../../../src/server/store/file-store.js'
import { type ChatStore, conversationKey } from '../../../src/server/store/index.js'
import { loadConversation } from '../../../src/server/store/load-conversation.js'
import { endOf } from '../../../src/server/store/record.js'
import { nodeFileSystem } from '../../../src/server/store/store-file-system.js'
import { VirtualClock } from '../../support/virtual-clock.js'
import { isStored, Talk, time } from './contract/talk.js'
import { recordingLogger } from './recording-logger.js'
import { temporaryFolder } from './temporary-folder.js'

const key = conversationKey('ann', 'demo')
const other = conversationKey('bob', 'demo')

/** A folder with two conversations, of which one has messages, events of all kinds of line, and a run. */
async function written() {
  const folder = temporaryFolder()
  const store = fileStore(folder)
  await new Talk(store, other).exchange('t1')
  const talk = new Talk(store, key)
  await talk.exchange('t1')
  await talk.compactExchange('t1')
  isStored(await talk.send('t2'))
  const lease = await talk.lease()
  isStored(await talk.start('t2', lease))
  for (const text of ['One ', 'zwei ', '三 ']) isStored(await talk.stream('t2', text, lease))
  const before = await talk.read()
  isStored(await talk.stream('t2', 'last', lease))
  const after = await talk.read()
  await store.close()
  const path = conversationPath(folder, key)
  return { folder, path, bytes: readFileSync(path), before, after }
}

const withoutHolder = ({ holder: _holder, ...read }: Awaited<ReturnType<ChatStore['read']>>) => read

async function reading<T>(folder: string, use: (store: ChatStore) => Promise<T>, logger = recordingLogger()) {
  const store = fileStore(folder, { logger })
  try {
    return { result: await use(store), lines: logger.lines }
  } finally {
    await store.close()
  }
}

describe('a file whose last write was cut off', () => {
  it('is read up to the write before, wherever the cut is, and says so', async () => {
    const { folder, path, bytes, before, after } = await written()
    const lastLine = bytes.lastIndexOf('\n', bytes.length - 2) + 1
    for (let length = lastLine; length < bytes.length; length += 1) {
      writeFileSync(path, bytes.subarray(0, length))
      const { result, lines } = await reading(folder, (store) => store.read(key))
      // The newline alone is missing: the write is whole.
      const isWhole = length === bytes.length - 1
      expect(withoutHolder(result)).toEqual(withoutHolder(isWhole ? after : before))
      const isCut = length > lastLine
      expect(lines.map(([level]) => level)).toEqual(isCut ? ['warn'] : [])
    }
  })

  it('is appended to after what is left', async () => {
    const { folder, path, bytes, before } = await written()
    writeFileSync(path, bytes.subarray(0, bytes.length - 3))
    await reading(folder, async (store) => isStored(await new Talk(store, key).send('t3')))
    const { result, lines } = await reading(folder, (store) => store.read(key))
    expect(result.position.end).toBe(before.position.end + 1)
    expect(result.position.epoch).toBe(before.position.epoch)
    expect(lines).toEqual([])
  })

  it('is read up to the write before if zeros stand in the place of the last write', async () => {
    const { folder, path, bytes, before } = await written()
    const lastLine = bytes.lastIndexOf('\n', bytes.length - 2) + 1
    writeFileSync(path, Buffer.concat([bytes.subarray(0, lastLine), Buffer.alloc(512)]))
    const { result } = await reading(folder, (store) => store.read(key))
    expect(withoutHolder(result)).toEqual(withoutHolder(before))
  })
})

describe('a file with one wrong byte', () => {
  it('never loses a step in the same epoch, wherever the byte is', async () => {
    const { folder, path, bytes, after } = await written()
    const life = { number: 2, isDoubtful: () => false }
    let epochs = 0
    let flipped = 0
    for (let at = bytes.length - 1; at >= 0; at -= 3) {
      flipped += 1
      const damaged = Buffer.from(bytes)
      damaged[at] = (bytes[at] ?? 0) ^ (flipped % 3 === 0 ? 0x01 : flipped % 3 === 1 ? 0x2a : 0x80)
      writeFileSync(path, damaged)
      const logger = recordingLogger()
      const { record } = await loadConversation(key, path, {
        fs: nodeFileSystem,
        syncs: false,
        life,
        logger,
        createId: () => `epoch-${++epochs}`,
        damagedFolder: join(folder, 'damaged'),
      })
      if (record?.epoch === after.position.epoch) expect(endOf(record)).toBe(after.position.end)
      else expect(logger.lines[0]?.[0]).toBe('error')
    }
    // The last newline is the one byte that can be mended.
    expect(epochs).toBe(flipped - 1)
  })

  it('is set aside and said; what stands before the damage goes on in a new epoch', async () => {
    const { folder, path, bytes, after } = await written()
    const at = bytes.indexOf('zwei')
    bytes[at] = 0
    writeFileSync(path, bytes)
    const { result, lines } = await reading(folder, async (store) => {
      const read = await store.read(key)
      isStored(await new Talk(store, key).send('t3'))
      return read
    })
    expect(result.position.epoch).not.toBe(after.position.epoch)
    expect(result.events.map(({ event }) => event.type)).toEqual(['message', 'start', 'delta'])
    expect(result.snapshot?.messages).toEqual(after.snapshot?.messages)
    expect(result.running).toEqual(after.running)
    expect(lines.map(([level, event]) => [level, event])).toEqual([
      ['error', 'conversation file damaged and set aside'],
    ])
    expect(readdirSync(join(folder, 'damaged'))).toEqual([
      `${path.split('/').at(-1)}.${result.position.epoch}`,
    ])
    expect(readFileSync(join(folder, 'damaged', readdirSync(join(folder, 'damaged'))[0] ?? ''))).toEqual(
      bytes,
    )
    const again = await reading(folder, (store) => store.read(key))
    expect(again.result.position.epoch).toBe(result.position.epoch)
    expect(again.result.tasks.map(({ taskId }) => taskId)).toEqual(['t2', 't3'])
    expect(again.lines).toEqual([])
  })

  it('harms no other conversation', async () => {
    const { folder, path, bytes } = await written()
    writeFileSync(path, bytes.fill(0x7b, 0, 200))
    const { result } = await reading(folder, async (store) => {
      expect((await store.read(key)).exists).toBe(false)
      return new Talk(store, other).texts()
    })
    expect(result).toEqual(['Hi'])
  })

  it('is set aside if it is another conversation’s', async () => {
    const { folder, path } = await written()
    writeFileSync(path, readFileSync(conversationPath(folder, other)))
    const { result, lines } = await reading(folder, (store) => store.read(key))
    expect(result.exists).toBe(false)
    expect(lines[0]?.[0]).toBe('error')
  })
})

describe('after the machine was restarted', () => {
  const restart = (folder: string) => {
    const path = join(folder, 'store.json')
    const state = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...state, bootedAt: state.bootedAt - 3_600_000 }))
  }

  it('a conversation that was written without syncs begins a new epoch, once', async () => {
    const { folder, after } = await written()
    restart(folder)
    const { result, lines } = await reading(folder, (store) => store.read(key))
    expect(result.position.epoch).not.toBe(after.position.epoch)
    expect(result.position.end).toBe(after.position.end)
    expect(lines[0]?.[0]).toBe('warn')
    const again = await reading(folder, (store) => store.read(key))
    expect(again.result.position.epoch).toBe(result.position.epoch)
    const third = await reading(folder, (store) => store.read(other))
    expect(third.lines[0]?.[0]).toBe('warn')
  })

  it('a conversation that was written with syncs keeps its epoch', async () => {
    const folder = temporaryFolder()
    const store = fileStore(folder, { durability: 'disk' })
    const { position } = isStored(await new Talk(store, key).send('t1'))
    await store.close()
    restart(folder)
    const { result, lines } = await reading(folder, (again) => again.read(key))
    expect([result.position, lines]).toEqual([position, []])
  })
})

describe('what is not of the store, and what cannot be read,', () => {
  it('keeps no other conversation from its turn, and is said', async () => {
    const folder = temporaryFolder()
    const before = fileStore(folder)
    for (const each of [other, key]) isStored(await new Talk(before, each).send('t1'))
    await before.close()
    mkdirSync(join(folder, 'open', 'a folder'))
    rmSync(conversationPath(folder, other))
    mkdirSync(conversationPath(folder, other))
    const { result, lines } = await reading(folder, (store) => store.due())
    expect(result).toEqual([key])
    expect(lines).toEqual([
      ['warn', 'mark of open work could not be read', { errno: 'EISDIR', name: 'a folder' }],
      ['error', 'conversation with open work could not be read', { errno: 'EISDIR' }],
    ])
  })

  it('keeps no other conversation from being forgotten when its time has come', async () => {
    const folder = temporaryFolder()
    const clock = new VirtualClock()
    const logger = recordingLogger()
    const store = fileStore(folder, { clock, logger })
    isStored(await new Talk(store, key).stop('t1', { keepMs: 60_000, at: time }))
    const conversations = join(folder, 'conversations')
    const [group = ''] = readdirSync(conversations)
    writeFileSync(join(conversations, '.DS_Store'), '')
    mkdirSync(join(conversations, group, 'scope', 'a folder.jsonl'), { recursive: true })
    for (const path of [conversationPath(folder, key), join(conversations, group, 'scope', 'a folder.jsonl')])
      utimesSync(path, 1, 1)
    await clock.advance(120_000)
    expect(await store.due()).toEqual([])
    expect(() => readFileSync(conversationPath(folder, key))).toThrow('ENOENT')
    expect(logger.lines).toEqual([['warn', 'conversation file could not be looked at', { errno: 'EISDIR' }]])
    await store.close()
  })
})
