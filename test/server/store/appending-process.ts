/** A process that appends until it is killed. It says each acknowledged end of a log on its standard output. */
import { writeSync } from 'node:fs'
import { fileStore } from '../../../src/server/store/file-store.js'
import { conversationKey, type Lease } from '../../../src/server/store/index.js'
import { isStored, Talk } from './contract/talk.js'
import { conversations, numbersOf } from './counting-talk.js'

const [folder = '', durability] = process.argv.slice(2)
const store = fileStore(folder, { durability: durability === 'disk' ? 'disk' : 'process' })

/** Asks and answers; the answers count on from what is stored. */
async function talkOn(id: string): Promise<never> {
  const talk = new Talk(store, conversationKey('ann', id))
  let { next } = numbersOf(await talk.read())
  let tasks = 0
  const said = (end: number) => writeSync(1, `${id} ${next} ${end}\n`)
  for (;;) {
    for (const { taskId } of (await talk.read()).tasks) isStored(await talk.stop(taskId))
    const taskId = `t-${process.pid}-${++tasks}`
    isStored(await talk.send(taskId))
    const lease: Lease = await talk.lease('node')
    isStored(await talk.start(taskId, lease))
    for (let count = 3 + (next % 40); count > 0; count -= 1) {
      const { last } = isStored(await talk.stream(taskId, `${next} `, lease))
      next += 1
      said(last)
    }
    said(isStored(await talk.finish(taskId, lease)).last)
    if (next % 2) await fold(talk)
  }
}

/** All that is not folded yet. */
async function fold(talk: Talk) {
  const read = await talk.read()
  const texts = new Map<string, string>()
  for (const { event } of read.events) {
    if (event.type === 'delta') texts.set(event.message_id, (texts.get(event.message_id) ?? '') + event.text)
  }
  const changedMessages = [...texts].map(([id, text]) => ({
    id,
    role: 'assistant' as const,
    parts: [{ type: 'text' as const, text }],
    created_at: '',
  }))
  const ids = changedMessages.map(({ id }) => id)
  const keep = read.snapshot?.messages.length ?? 0
  const { position, base } = read
  await store.compact(talk.key, {
    epoch: position.epoch,
    base,
    offset: position.end,
    changedMessages,
    order: { keep, ids },
  })
}

await Promise.all(conversations.map(talkOn))
