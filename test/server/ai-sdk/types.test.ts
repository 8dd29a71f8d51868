import { type LanguageModel as LanguageModel5, streamText as streamText5 } from 'ai-5'
import { type LanguageModel as LanguageModel6, streamText as streamText6, type ToolSet } from 'ai-6'
import { expect, expectTypeOf, it } from 'vitest'
import { aiSdk, type ModelMessage, toModelMessages } from '../../../src/server/ai-sdk/index.js'
import { type AnswerChunk, ChatServer } from '../../../src/server/index.js'

declare const model5: LanguageModel5
declare const model6: LanguageModel6
declare const tools: ToolSet

it('takes what streamText returns, and gives messages that it takes, without a cast', () => {
  const servers = () => [
    new ChatServer({
      respond: aiSdk(({ messages, signal }) =>
        streamText5({ model: model5, messages: toModelMessages(messages), abortSignal: signal }),
      ),
    }),
    new ChatServer({
      authenticate: async () => ({ id: 'u1', plan: 'free' }),
      respond: aiSdk(({ messages, signal, user, broadcast }) => {
        broadcast('progress', user?.id)
        return streamText6({ model: model6, tools, messages: toModelMessages(messages), abortSignal: signal })
      }),
    }),
  ]
  expect(servers).toBeTypeOf('function')
})

it('has messages of a type of its own where nothing else is asked for', () => {
  expectTypeOf(toModelMessages([])).toEqualTypeOf<ModelMessage[]>()
  expectTypeOf<ReturnType<ReturnType<typeof aiSdk>>>().toExtend<AsyncIterable<AnswerChunk>>()
})
