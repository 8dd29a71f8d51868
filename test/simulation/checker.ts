/**
 * What a conversation's log says, read by a program that shares no code with the client or the server, so that a fault
 * of theirs is not a fault of its own.
 */
export interface Entry {
  readonly id: string
  readonly role: string
  readonly text: string
  readonly status: string
}

interface RawEvent {
  readonly type: string
  readonly offset: number
  readonly epoch: string
  readonly task_id?: string
  readonly message_id?: string
  readonly from_message_id?: string
  readonly part?: number
  readonly text?: string
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
        rows.push({
          id,
          role,
          texts: parts.map((part) => part.text ?? ''),
          status: 'sent',
          task: event.task_id,
        })
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
        const row = {
          id: event.message_id ?? '',
          role: 'assistant',
          texts: [],
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
  return rows.map(({ id, role, texts, status }) => ({ id, role, text: texts.join(''), status }))
}

/** What no log may be, whatever happened: a hole, an offset used twice, an input stored twice, an attempt that begins after its task is over. */
export function faultsOfLog(events: readonly unknown[]): string[] {
  const faults: string[] = []
  const seen = new Map<string, string>()
  const messages = new Set<string>()
  let offset = 0
  for (const event of events as RawEvent[]) {
    offset += 1
    if (event.offset !== offset) faults.push(`offset ${event.offset} stands where ${offset} should`)
    const { task_id: task, type, message } = event
    if (type === 'message' && message) {
      if (messages.has(message.id)) faults.push(`message ${message.id} is stored twice`)
      messages.add(message.id)
    }
    if (task === undefined) continue
    const before = seen.get(task)
    if (before === 'stop' || before === 'finish') faults.push(`${type} of a task that is over`)
    seen.set(task, type)
  }
  return faults
}

/** Words carry the number of their run: two of them in one answer mean that two runs were mixed. */
export function faultsOfAnswers(entries: readonly Entry[]): string[] {
  return entries.flatMap(({ role, text, status, id }) => {
    if (role !== 'assistant') return []
    const words = text.trim() === '' ? [] : text.trim().split(' ')
    const runs = new Set(words.map((word) => word.split('w')[0]))
    const inOrder = words.every((word, index) => word.endsWith(`w${index + 1}`))
    const faults: string[] = []
    if (runs.size > 1) faults.push(`answer ${id} mixes ${[...runs].join(', ')}`)
    if (!inOrder) faults.push(`answer ${id} is not in order: ${text}`)
    if (status === 'streaming') faults.push(`answer ${id} was never ended`)
    return faults
  })
}
