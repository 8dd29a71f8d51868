import { Server } from 'socket.io'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ChatClient, type ChatPart } from '../../../src/index.js'
import { aiSdk, toModelMessages } from '../../../src/server/ai-sdk/index.js'
import { ChatServer } from '../../../src/server/index.js'
import { calls, ends, says, versions } from './models.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

type Call = Extract<ChatPart, { type: 'tool' }>

describe.each(versions.filter(({ hasApprovals }) => hasApprovals))(
  'version $name of the AI SDK behind a chat server, if an answer asks for two approvals',
  (version) => {
    /** The first two calls of the model ask to pay twice each, under the same ids; any other call says `Well.` */
    async function asking() {
      const ran: string[] = []
      const tools = {
        pay: {
          inputSchema: z.object({ sum: z.number() }),
          needsApproval: true,
          execute: async ({ sum }: { sum: number }, { abortSignal }: { abortSignal?: AbortSignal }) => {
            ran.push(`paid ${sum}`)
            if (sum < 0) await new Promise((resolve) => abortSignal?.addEventListener('abort', resolve))
            return `receipt ${sum}`
          },
        },
      }
      let sums = [3, 4]
      let asks = 0
      const model = version.model((_, index) => {
        if (index !== asks) return [...says('Well.'), ends()]
        const [first = 0, second = 0] = sums
        return [
          ...calls('call_0', 'pay', { sum: first }),
          ...calls('call_1', 'pay', { sum: second }),
          ends('tool-calls'),
        ]
      })
      const io = new Server(0)
      cleanups.push(() => io.close())
      const chat = new ChatServer({
        respond: aiSdk(({ messages, signal }) =>
          model.stream({ tools, messages: toModelMessages(messages), abortSignal: signal }),
        ),
      })
      cleanups.push(() => chat.close({ drainMs: 0 }))
      await chat.attach(io)
      const { port } = io.httpServer.address() as { port: number }
      const client = new ChatClient({ url: `http://127.0.0.1:${port}` })
      cleanups.push(() => client.close())
      const conversation = client.conversation('demo')
      const ask = async (first: number, second: number) => {
        sums = [first, second]
        asks = model.calls.length
        return (await conversation.sendMessage('Pay').finished).parts as readonly Call[]
      }
      const decide = ({ toolCallId }: { toolCallId: string }, approved = true) =>
        conversation.respondToApproval({ toolCallId, approved })
      const messages = () => conversation.getSnapshot().messages
      const callStates = () =>
        messages().flatMap(({ parts }) =>
          parts.flatMap((part) => (part.type === 'tool' ? `${part.toolCallId} ${part.state}` : [])),
        )
      return { ran, model, conversation, ask, decide, messages, callStates }
    }

    it('runs both tools in one go, and asks the model once more', async () => {
      const { ran, model, ask, decide, messages, callStates } = await asking()
      const [first, second] = await ask(3, 4)
      const recorded = await decide(first as Call).finished
      // The message of the call: there is no answer yet.
      expect(recorded.id).toBe(messages().at(-1)?.id)
      expect(ran).toEqual([])
      expect(callStates()).toEqual(['call_0 running', 'call_1 approval'])
      const answer = await decide(second as Call).finished
      expect(answer.parts).toMatchObject([{ text: 'Well.' }])
      expect(ran.toSorted()).toEqual(['paid 3', 'paid 4'])
      expect(callStates()).toEqual(['call_0 output', 'call_1 output'])
      expect(messages()).toHaveLength(3)
      expect(model.calls).toHaveLength(2)
      const prompt = JSON.stringify(model.calls[1]?.prompt)
      expect(prompt.match(/receipt/g)).toHaveLength(2)
      expect(prompt).not.toContain('Nobody has answered')
    })

    it('runs the approved tool alone, and tells the model of both', async () => {
      const { ran, model, ask, decide, callStates } = await asking()
      const [first, second] = await ask(3, 4)
      await decide(first as Call, false).finished
      await decide(second as Call).finished
      expect(ran).toEqual(['paid 4'])
      expect(callStates()).toEqual(['call_0 denied', 'call_1 output'])
      expect(model.calls).toHaveLength(2)
    })

    it('runs nothing while one decision is open, also if a message is answered meanwhile', async () => {
      const { ran, conversation, ask, decide, callStates } = await asking()
      const [first, second] = await ask(3, 4)
      await decide(first as Call).finished
      await conversation.sendMessage('Wait').finished
      expect(ran).toEqual([])
      await decide(second as Call).finished
      expect(ran.toSorted()).toEqual(['paid 3', 'paid 4'])
      expect(callStates()).toEqual(['call_0 output', 'call_1 output'])
    })

    it('ends both calls if the run is stopped', async () => {
      const { ran, ask, decide, callStates } = await asking()
      const [first, second] = await ask(-3, -4)
      await decide(first as Call).finished
      const task = decide(second as Call)
      task.finished.catch(() => {})
      await expect.poll(() => ran.length).toBe(2)
      await task.stop()
      await expect.poll(callStates).toEqual(['call_0 error', 'call_1 error'])
    })

    it('keeps the calls of two answers apart whose provider uses the same ids', async () => {
      const { ran, ask, decide, callStates } = await asking()
      const [first, second] = await ask(3, 4)
      const again = await ask(5, 6)
      expect(again.map(({ toolCallId }) => toolCallId)).toEqual(['call_0~2', 'call_1~2'])
      for (const call of again) await decide(call).finished
      expect(ran.toSorted()).toEqual(['paid 5', 'paid 6'])
      expect(callStates()).toEqual([
        'call_0 approval',
        'call_1 approval',
        'call_0~2 output',
        'call_1~2 output',
      ])
      await decide(first as Call).finished
      await decide(second as Call, false).finished
      expect(ran.toSorted()).toEqual(['paid 3', 'paid 5', 'paid 6'])
      expect(callStates()[0]).toBe('call_0 output')
    })
  },
)
