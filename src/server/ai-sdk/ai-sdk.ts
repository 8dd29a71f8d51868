import type { ChatMessage } from '../../message/message.js'
import type { AnswerChunk } from '../answer-chunk.js'
import type { ChatUser, Respond, RespondRequest, UserWithId } from '../respond.js'
import { fromModelError } from './model-error.js'
import type { AiSdkOptions } from './options.js'
import { StreamReader } from './stream-reader.js'

/** The result of `streamText` of versions 5, 6 and 7; or a UI message stream, as `createUIMessageStream` makes it. */
export type AiAnswer = { readonly fullStream: AsyncIterable<unknown> } | AsyncIterable<unknown>

/**
 * A `respond` from what the AI SDK streams. Pass `signal` on as `abortSignal`, so that a stop ends the model call. A stream
 * that says that the model call failed is a failed try: text that came before stays until the next try begins.
 *
 * If a message has several tool calls that wait, the model is called once all of them are answered.
 */
export const aiSdk =
  <User extends UserWithId = ChatUser>(
    run: (request: RespondRequest<User>) => AiAnswer | PromiseLike<AiAnswer>,
    options: AiSdkOptions = {},
  ): Respond<User> =>
  (request) =>
    answer(run, request, options)

async function* answer<User extends UserWithId>(
  run: (request: RespondRequest<User>) => AiAnswer | PromiseLike<AiAnswer>,
  request: RespondRequest<User>,
  options: AiSdkOptions,
): AsyncGenerator<AnswerChunk, void, void> {
  if (hasMoreToAnswer(request)) {
    yield { type: 'finish', reason: 'tool-calls' }
    return
  }
  const reader = new StreamReader(options)
  try {
    const made = await run(request)
    for await (const part of untilAborted('fullStream' in made ? made.fullStream : made, request.signal)) {
      if (request.signal.aborted) return
      yield* await reader.read(part)
    }
  } catch (error) {
    throw fromModelError(error)
  }
}

/** Whether other calls beside the one that was just answered still wait: no model takes an answer to half of its calls. */
function hasMoreToAnswer({ input, messages }: Pick<RespondRequest, 'input' | 'messages'>): boolean {
  if (input?.kind !== 'tool') return false
  const calls = messages
    .map(callsOf)
    .findLast((all) => all.some((call) => call.toolCallId === input.tool_call_id))
  return calls?.some(({ state }) => state === 'input' || state === 'approval') ?? false
}

const callsOf = ({ parts }: ChatMessage) => parts.filter((part) => part.type === 'tool')

/** A stream's own cancel, because an iterator's `return` waits for a part that may never come. */
async function* untilAborted(
  stream: AsyncIterable<unknown>,
  signal: AbortSignal,
): AsyncGenerator<unknown, void, void> {
  if (!(stream instanceof ReadableStream)) {
    yield* stream
    return
  }
  const reader = (stream as ReadableStream<unknown>).getReader()
  const cancel = () => void reader.cancel(signal.reason).catch(() => {})
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    signal.removeEventListener('abort', cancel)
    cancel()
  }
}
