import { describe, expect, it } from 'vitest'
import { answered, joined, question, said, snapshot, watched } from '../support/scripted-server.js'
import { transcript } from '../support/set-up.js'

const failure = { type: 'error', error: 'x', error_code: 'temporary', retryable: false, timestamp: 't' }
const asked = said(1, { type: 'message', task_id: 't1', message: question('u1') })
const started = said(2, { type: 'start', task_id: 't1', message_id: 'a1', attempt: 1 })
const written = said(3, { type: 'delta', task_id: 't1', message_id: 'a1', part: 0, text: 'Hello' })
const finished = said(4, { type: 'finish', task_id: 't1', message_id: 'a1' })
const corrected = (offset: number) =>
  said(offset, { type: 'message', task_id: 't1', message: question('u1', { metadata: { seen: true } }) })

/** A page that shows what the server gave at first. */
async function showing(first: object = {}) {
  const setup = await watched({ 'chat:join': () => joined(first) })
  return { ...setup, shown: () => transcript(setup.conversation.getSnapshot().messages) }
}

describe('a question that the server replaces where it stands', () => {
  it('waits for no second answer where it has been answered', async () => {
    const { conversation, push } = await showing()
    push([asked, started, written, finished, corrected(5)])
    expect(conversation.getSnapshot().status).toBe('ready')
    expect(conversation.getSnapshot().messages[0]?.metadata).toEqual({ seen: true })
  })

  it('leaves its answer streaming, and a stop ends that', async () => {
    const { conversation, push, shown } = await showing()
    push([asked, started, written, corrected(4)])
    expect(conversation.getSnapshot().status).toBe('streaming')
    push(said(5, { type: 'stop', task_id: 't1' }))
    expect(shown()).toEqual(['user: u1 (sent)', 'assistant: Hello (stopped)'])
  })

  it('still says that its answer has failed', async () => {
    const { conversation, push, shown } = await showing()
    push([asked, said(2, { ...failure, task_id: 't1', attempt: 1 }), corrected(3)])
    expect(shown()).toEqual(['user: u1 (failed)'])
    expect(conversation.getSnapshot().messages[0]?.error?.category).toBe('temporary')
  })

  it('ends what waits for an answer when it is removed', async () => {
    const { conversation, push } = await showing()
    push([asked, corrected(2), said(3, { type: 'truncate', from_message_id: 'u1' })])
    expect(conversation.getSnapshot()).toMatchObject({ messages: [], status: 'ready' })
  })
})

describe('a note that the server adds to a task', () => {
  it('leaves the answer streaming', async () => {
    const { conversation, push } = await showing()
    const note = question('s1', { role: 'system' })
    push([asked, started, written, said(4, { type: 'message', task_id: 't1', message: note })])
    expect(conversation.getSnapshot().status).toBe('streaming')
  })
})

describe('an answer in a snapshot whose task does not name it', () => {
  const first = (state: string, fields: object = {}) => ({
    offset: 3,
    snapshot: snapshot(3, {
      messages: [
        question('u1', { task_id: 't1' }),
        answered('a1', { task_id: 't1', attempt: 1, status: state === 'failed' ? 'failed' : 'streaming' }),
      ],
      tasks: [{ task_id: 't1', attempt: 1, state, ...fields }],
    }),
  })

  it('is ended by a stop that names none either', async () => {
    const { push, shown } = await showing(first('running'))
    push(said(4, { type: 'stop', task_id: 't1' }))
    expect(shown()).toEqual(['user: u1 (sent)', 'assistant: a1 (stopped)'])
  })

  it('is ended by such an error', async () => {
    const { push, shown } = await showing(first('running'))
    push(said(4, { ...failure, task_id: 't1', attempt: 1 }))
    expect(shown()).toEqual(['user: u1 (failed)', 'assistant: a1 (failed)'])
  })

  it('takes the failure of its question with it when it is removed', async () => {
    const { push, shown } = await showing(first('failed', { error: failure }))
    push(said(4, { type: 'truncate', task_id: 't2', from_message_id: 'a1' }))
    expect(shown()).toEqual(['user: u1 (sent)'])
  })
})
