import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createElement, type FunctionComponent, type ReactNode } from 'react'
import { renderToString } from 'react-dom/server'
import { get } from 'svelte/store'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { effectScope, reactive, watch } from 'vue'
import type { ChatClient, Conversation, ConversationSnapshot } from '../../src/index.js'
import { AppError, messageText } from '../../src/index.js'
import type { Respond } from '../../src/server/index.js'
import { startMockServer } from '../support/start-mock-server.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const guide = readFileSync(join(here, '../../docs/guide.md'), 'utf8')

let server: Awaited<ReturnType<typeof startMockServer>>
let folder: string
beforeAll(async () => {
  server = await startMockServer({ paceMs: 1 })
  folder = mkdtempSync(join(here, 'program-'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await server.crash()
})

/** The guide's program that imports from a package, as a module. */
async function program<Module>(from: string): Promise<Module> {
  const blocks = [...guide.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code)
  const code = blocks.find((block) => block.includes(`from '${from}'`))
  if (!code) throw new Error(`unable to run; the guide has no program for ${from}`)
  const file = join(folder, `${from.replace('/', '-')}.ts`)
  writeFileSync(file, code)
  // The guide's programs take the server's address for granted.
  vi.stubGlobal('url', server.url)
  return (await import(file)) as Module
}

it('the guide’s component for a client of one person renders nothing on a server, as Next.js renders it first', async () => {
  const file = join(folder, 'chat-of.tsx')
  const blocks = [...guide.matchAll(/^```tsx\n(.*?)^```$/gms)].map(([, code = '']) => code)
  writeFileSync(file, `'use client'\n\n${blocks.find((block) => block.includes('function ChatOf'))}`)
  // No address is needed: no client is made.
  const { ChatOf } = (await import(file)) as {
    ChatOf: FunctionComponent<{ userId: string; children?: ReactNode }>
  }
  expect(renderToString(createElement(ChatOf, { userId: 'ann' }, 'The chat'))).toBe('')
})

const isAnswered = ({ status, messages }: ConversationSnapshot) => status === 'ready' && messages.length === 2
const texts = ({ messages }: ConversationSnapshot) => messages.map(messageText)

it('the guide’s composable for Vue shows an answer as it grows, and stops with its scope', async () => {
  interface Module {
    readonly client: ChatClient
    useConversation(id: string): {
      readonly conversation: Conversation
      readonly snapshot: { readonly value: ConversationSnapshot }
    }
  }
  const { client, useConversation } = await program<Module>('vue')
  const scope = effectScope()
  const used = scope.run(() => useConversation('vue'))
  if (!used) throw new Error('unable to go on; the scope has ended')
  const seen: number[] = []
  scope.run(() =>
    watch(used.snapshot as never, (now: ConversationSnapshot) => seen.push(now.messages.length)),
  )
  // As an app keeps a client in its state: Vue must leave it alone.
  const state = reactive({ client })
  expect(state.client).toBe(client)
  used.conversation.sendMessage('Hello')
  await vi.waitFor(() => expect(isAnswered(used.snapshot.value)).toBe(true), { timeout: 10_000 })
  expect(texts(used.snapshot.value)[1]).toContain('Hello')
  expect(seen.length).toBeGreaterThan(2)
  scope.stop()
  const last = used.snapshot.value
  await used.conversation.sendMessage('More').finished
  expect(used.snapshot.value).toBe(last)
  await client.close()
})

it('the guide’s store for Svelte shows an answer as it grows, and listens only while it is read', async () => {
  interface Module {
    readonly client: ChatClient
    conversationStore(id: string): {
      readonly conversation: Conversation
      readonly snapshot: { subscribe(run: (value: ConversationSnapshot) => void): () => void }
    }
  }
  const { client, conversationStore } = await program<Module>('svelte/store')
  const { conversation, snapshot } = conversationStore('svelte')
  expect(client.getSnapshot().connection.status).toBe('idle')
  const seen: ConversationSnapshot[] = []
  const stop = snapshot.subscribe((now) => seen.push(now))
  await conversation.sendMessage('Hello').finished
  await vi.waitFor(() => expect(seen.some(isAnswered)).toBe(true), { timeout: 10_000 })
  expect(seen.length).toBeGreaterThan(3)
  stop()
  const heard = seen.length
  await conversation.sendMessage('More').finished
  expect(seen).toHaveLength(heard)
  expect(texts(get(snapshot as never))).toHaveLength(4)
  await client.close()
})

it('the guide’s server for tests of an app gives the test’s own answer, or its error', async () => {
  interface Module {
    startChat(respond: Respond): Promise<{ readonly client: ChatClient; close(): Promise<void> }>
  }
  const { startChat } = await program<Module>('reconvene/server')
  const { client, close } = await startChat(async function* ({ messages }) {
    if (messages.length > 1) throw new AppError({ code: 'forbidden', message: 'unable to go on' })
    yield 'Hello.'
  })
  const conversation = client.conversation('demo')
  expect(messageText(await conversation.sendMessage('Hi').finished)).toBe('Hello.')
  await expect(conversation.sendMessage('More').finished).rejects.toMatchObject({ code: 'forbidden' })
  await close()
})
