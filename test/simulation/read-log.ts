/**
 * What a conversation's log says, read by a program that shares no code with the client or the server, so that a fault
 * of theirs is not a fault of its own.
 */
export interface Entry {
  readonly id: string
  readonly role: string
  readonly text: string
  readonly status: string
  /** Its tool calls, each with its state. */
  readonly tools: string
}

export interface RawEvent {
  readonly type: string
  readonly offset: number
  readonly epoch: string
  readonly timestamp: string
  readonly task_id?: string
  readonly message_id?: string
  readonly from_message_id?: string
  readonly attempt?: number
  readonly part?: number
  readonly text?: string
  readonly value?: { readonly tool_call_id: string; readonly state: string }
  readonly code?: string
  readonly retryable?: boolean
  readonly retry_after_ms?: number
  readonly message?: {
    readonly id: string
    readonly role: string
    readonly parts: readonly { readonly text?: string }[]
  }
}

interface Row {
  id: string
  role: string
  texts: string[]
  tools: Map<string, string>
  status: string
  task: string | undefined
}

export function readLog(events: readonly unknown[]): Entry[] {
  let rows: Row[] = []
  for (const event of events as RawEvent[]) {
    const answer = rows.find((row) => row.id === event.message_id)
    const question = rows.find((row) => row.task === event.task_id && row.role === 'user')
    switch (event.type) {
      case 'message': {
        const { id = '', role = '', parts = [] } = event.message ?? {}
        const texts = parts.map((part) => part.text ?? '')
        rows.push({ id, role, texts, tools: new Map(), status: 'sent', task: event.task_id })
        break
      }
      case 'truncate': {
        const from = rows.findIndex((row) => row.id === event.from_message_id)
        const ended = new Set(rows.slice(from).map((row) => row.task))
        rows = rows.slice(0, from)
        // A failed task of what is removed is stopped; its question, where it stays, is a failed one no more.
        for (const row of rows) if (row.role === 'user' && ended.has(row.task)) row.status = 'sent'
        break
      }
      case 'start': {
        const id = event.message_id ?? ''
        const row = {
          id,
          role: 'assistant',
          texts: [],
          tools: new Map(),
          status: 'streaming',
          task: event.task_id,
        }
        if (question) question.status = 'sent'
        if (answer) Object.assign(answer, row)
        else rows.splice(question ? rows.indexOf(question) + 1 : rows.length, 0, row)
        break
      }
      case 'delta':
        if (answer) answer.texts[event.part ?? 0] = (answer.texts[event.part ?? 0] ?? '') + (event.text ?? '')
        break
      case 'part': {
        // Here all parts but texts are tool calls.
        const { tool_call_id, state } = event.value ?? {}
        if (tool_call_id && state) answer?.tools.set(tool_call_id, state)
        break
      }
      case 'finish':
        if (answer) answer.status = 'complete'
        break
      case 'stop': {
        const begun = rows.find((row) => row.task === event.task_id && row.role === 'assistant')
        if (question) question.status = 'sent'
        if (begun) begun.status = 'stopped'
        break
      }
      case 'error': {
        if (question) question.status = 'failed'
        if (answer) answer.status = 'failed'
        break
      }
    }
  }
  return rows.map(({ id, role, texts, tools, status }) => ({
    id,
    role,
    text: texts.join(''),
    status,
    tools: [...tools].map(([call, state]) => `${call} ${state}`).join(),
  }))
}
