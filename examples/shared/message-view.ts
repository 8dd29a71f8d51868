import type { AppError, ChatMessage, ChatPart, RetryState } from 'reconvene'
import { visibleText } from './visible-text.js'

export type MessageAction = 'edit' | 'regenerate' | 'retry' | 'discard'

/** One part and the key under which a page keeps its element: parts never move, only their content changes. */
export interface PartView {
  readonly key: string
  readonly part: ChatPart
}

/** The view of a message, decided once for both pages. */
export interface MessageView {
  readonly parts: readonly PartView[]
  /** An answer that has begun and has nothing to show yet. */
  readonly thinking: boolean
  /** Parts still change: a screen reader waits until they do not. */
  readonly busy: boolean
  readonly actions: readonly MessageAction[]
}

const rendered = new Set(['text', 'reasoning', 'tool', 'file', 'source'])

/** Leaves out parts of a type that this page does not know, and texts that are empty: a provider may hide its reasoning. */
const visibleParts = (message: ChatMessage): PartView[] =>
  message.parts
    .map((part, place) => ({ key: `${place} ${part.type}`, part }))
    .filter(
      ({ part }) =>
        rendered.has(part.type) && !((part.type === 'text' || part.type === 'reasoning') && part.text === ''),
    )

/** `undelivered`: the server does not have it. */
export function viewMessage(message: ChatMessage, undelivered: boolean): MessageView {
  const parts = visibleParts(message)
  const busy = message.status === 'streaming' || message.status === 'stopping'
  return { parts, busy, thinking: busy && parts.length === 0, actions: actionsOf(message, undelivered) }
}

function actionsOf({ role, status, error, taskId }: ChatMessage, undelivered: boolean): MessageAction[] {
  if (role === 'user') {
    if (status === 'sent') return ['edit']
    if (status !== 'failed' || taskId === undefined) return []
    // A message that was refused for its words is refused again; only other words help.
    const help = error?.action === 'edit' ? 'edit' : 'retry'
    return undelivered ? [help, 'discard'] : [help]
  }
  return status === 'complete' || status === 'stopped' || status === 'failed' ? ['regenerate'] : []
}

export interface MessageRow {
  readonly message: ChatMessage
  /** Whether the message says why it failed, or for what it waits; its task's other message may say so already. */
  readonly showNotices: boolean
  readonly undelivered: boolean
}

/**
 * The messages to show. A failed attempt marks both the person's message and the answer begun; the person's says why and
 * what is waited for, where the retry button is, and an answer that failed before its first word is left out.
 */
export function messageRows(
  messages: readonly ChatMessage[],
  undelivered: ReadonlySet<string>,
): MessageRow[] {
  const explained = new Set<string>()
  for (const { role, taskId, error, retryState } of messages)
    if (role === 'user' && taskId && (error || retryState)) explained.add(taskId)
  const rows: MessageRow[] = []
  for (const message of messages) {
    const { role, status, taskId = '' } = message
    const isExplained = role !== 'user' && explained.has(taskId)
    if (isExplained && status === 'failed' && visibleParts(message).length === 0) continue
    rows.push({
      message,
      showNotices: !isExplained,
      undelivered: undelivered.has(taskId),
    })
  }
  return rows
}

/**
 * The conversation's own error, unless a message on the screen explains it already. `told`: the refusal that the message box
 * shows, because its text is back in the box.
 */
export const bannerError = (
  error: AppError | null | undefined,
  messages: readonly ChatMessage[],
  told?: AppError,
): AppError | undefined =>
  error && error !== told && !messages.some((message) => message.error && isSame(message.error, error))
    ? error
    : undefined

const isSame = (a: AppError, b: AppError) => a.code === b.code && a.correlationId === b.correlationId

/** The retry that is waited for, unless a message shows it already, as for a server that tries again by itself. */
export const bannerRetry = (
  retryState: RetryState | null | undefined,
  messages: readonly ChatMessage[],
): RetryState | undefined =>
  retryState && !messages.some((message) => message.retryState) ? retryState : undefined

/** A tool's input or output as text: strings as they are, the rest as indented JSON. */
export function formatValue(value: unknown): string {
  return visibleText(typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? ''))
}

/** The address of a file or source part if it is safe to open; anything but http, https and relative paths is not. */
export function safeFileUrl(url: string, base: string): string | undefined {
  if (!URL.canParse(url, base)) return undefined
  const { protocol, href } = new URL(url, base)
  return protocol === 'https:' || protocol === 'http:' ? href : undefined
}
