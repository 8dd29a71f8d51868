import type { AppError, ChatMessage, ChatPart, RetryState } from 'reconvene'

export type MessageAction = 'edit' | 'regenerate' | 'retry' | 'discard'

/** One part and the key under which a page keeps its element: parts never move, only their content changes. */
export interface PartView {
  readonly key: string
  readonly part: ChatPart
}

/** What a page shows of a message, decided once for both pages. */
export interface MessageView {
  readonly parts: readonly PartView[]
  /** An answer that has begun and has nothing to show yet. */
  readonly thinking: boolean
  /** Parts still change: a screen reader waits until they do not. */
  readonly busy: boolean
  readonly actions: readonly MessageAction[]
}

const rendered = new Set(['text', 'reasoning', 'tool', 'file'])

/** Parts of a type that this page does not know are kept by the SDK and left out here. */
const visibleParts = (message: ChatMessage): PartView[] =>
  message.parts
    .map((part, place) => ({ key: `${place} ${part.type}`, part }))
    .filter(({ part }) => rendered.has(part.type) && !(part.type === 'text' && part.text === ''))

/** `undelivered` are the ids of this page's tasks that the server does not have. */
export function viewMessage(message: ChatMessage, undelivered: ReadonlySet<string>): MessageView {
  const parts = visibleParts(message)
  const busy = message.status === 'streaming' || message.status === 'stopping'
  return { parts, busy, thinking: busy && parts.length === 0, actions: actionsOf(message, undelivered) }
}

function actionsOf(
  { role, status, error, taskId }: ChatMessage,
  undelivered: ReadonlySet<string>,
): MessageAction[] {
  if (role === 'user') {
    if (status === 'sent') return ['edit']
    if (status !== 'failed' || taskId === undefined) return []
    // What was refused for its words is refused again; only other words help.
    const help = error?.action === 'edit' ? 'edit' : 'retry'
    return undelivered.has(taskId) ? [help, 'discard'] : [help]
  }
  return status === 'complete' || status === 'stopped' || status === 'failed' ? ['regenerate'] : []
}

/**
 * The messages that show their error. A failed attempt marks both the person's message and the answer begun; one of
 * them says why, the person's, where the retry button is.
 */
export function messagesShowingError(messages: readonly ChatMessage[]): ReadonlySet<string> {
  const explained = new Set<string>()
  for (const { role, taskId, error } of messages)
    if (role === 'user' && taskId && error) explained.add(taskId)
  const showing = new Set<string>()
  for (const { id, role, taskId, error } of messages)
    if (error && (role === 'user' || !taskId || !explained.has(taskId))) showing.add(id)
  return showing
}

/** The conversation's own error, unless a message on the screen explains it already. */
export const bannerError = (
  error: AppError | null | undefined,
  messages: readonly ChatMessage[],
): AppError | undefined =>
  error && !messages.some((message) => message.error && isSame(message.error, error)) ? error : undefined

const isSame = (a: AppError, b: AppError) => a.code === b.code && a.correlationId === b.correlationId

/** What is waited for, unless a message says it already: a server that tries again by itself, for one. */
export const bannerRetry = (
  retryState: RetryState | null | undefined,
  messages: readonly ChatMessage[],
): RetryState | undefined =>
  retryState && !messages.some((message) => message.retryState) ? retryState : undefined

/** A tool's input or output as text: strings as they are, the rest as indented JSON. */
export function formatValue(value: unknown): string {
  if (typeof value === 'string') return value
  return JSON.stringify(value, null, 2) ?? ''
}

/** The address of a file part where it is safe to open; anything but http, https and relative paths is not. */
export function safeFileUrl(url: string, base: string): string | undefined {
  if (!URL.canParse(url, base)) return undefined
  const { protocol, href } = new URL(url, base)
  return protocol === 'https:' || protocol === 'http:' ? href : undefined
}
