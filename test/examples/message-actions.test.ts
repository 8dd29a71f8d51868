import type { ChatMessage, ChatTask } from 'reconvene'
import { describe, expect, it } from 'vitest'
import { messageActions } from '../../examples/shared/message-actions.js'

const own: ChatMessage = { id: 'm1', role: 'user', parts: [], createdAt: '', taskId: 't1', status: 'sent' }

/** A conversation that writes down what it was asked for; `undelivered` are the tasks that it can discard. */
function page(undelivered: string[] = []) {
  const calls: unknown[][] = []
  const recorded: string[] = []
  const never = new Promise<never>(() => {})
  const note =
    (name: string) =>
    (...args: unknown[]): ChatTask => {
      calls.push([name, ...args])
      return { id: name, accepted: never, finished: never, stop: () => Promise.resolve() }
    }
  const actions = messageActions(
    {
      sendMessage: note('sendMessage'),
      editMessage: note('editMessage'),
      regenerate: note('regenerate'),
      respondToApproval: note('respondToApproval'),
      addToolOutput: note('addToolOutput'),
      retry: note('retry'),
      retryNow: (taskId) => calls.push(['retryNow', taskId]) > 0,
      stop: (taskId) => Promise.resolve(void calls.push(['stop', taskId])),
      discard: (taskId = '') => calls.push(['discard', taskId]) > 0 && undelivered.includes(taskId),
    },
    (task) => recorded.push(task.id),
  )
  return { actions, calls, recorded }
}

describe("a message's buttons", () => {
  it('edit a message that the server has', () => {
    const { actions, calls, recorded } = page()
    actions.edit(own, 'new words')
    expect(calls).toEqual([['editMessage', 'm1', 'new words']])
    expect(recorded).toEqual(['editMessage'])
  })

  it('replace a failed message that the server never had', () => {
    const { actions, calls } = page(['t1'])
    actions.edit({ ...own, status: 'failed' }, 'new words')
    expect(calls).toEqual([
      ['discard', 't1'],
      ['sendMessage', 'new words'],
    ])
  })

  it('edit a failed message that the server has', () => {
    const { actions, calls } = page()
    actions.edit({ ...own, status: 'failed' }, 'new words')
    expect(calls.at(-1)).toEqual(['editMessage', 'm1', 'new words'])
  })

  it('answer an approval and a tool, and record the tasks that come of it', () => {
    const { actions, calls, recorded } = page()
    actions.respondToApproval('c1', false)
    actions.answerTool('c2', 'Lisbon')
    expect(calls).toEqual([
      ['respondToApproval', { toolCallId: 'c1', approved: false }],
      ['addToolOutput', { toolCallId: 'c2', output: 'Lisbon' }],
    ])
    expect(recorded).toEqual(['respondToApproval', 'addToolOutput'])
  })

  it('retry, hurry and cancel by task', () => {
    const { actions, calls } = page()
    actions.retry('t1')
    actions.retryNow('t1')
    actions.cancel('t1')
    expect(calls).toEqual([
      ['retry', 't1'],
      ['retryNow', 't1'],
      ['stop', 't1'],
    ])
  })
})
