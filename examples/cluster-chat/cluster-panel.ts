import { type Conversation, messageText } from 'reconvene'
import type { ShownState } from '../cluster/control.js'
import type { PageContext } from '../vanilla-chat/chat-page.js'
import { button, h, setAttribute, setText } from '../vanilla-chat/dom.js'
import type { PanelTools } from '../vanilla-chat/side-panel.js'
import { interrupted, type Strike, type StrikeKind, settled } from './strikes.js'
import { type ClusterStrings, clusterStrings } from './strings.js'

/** Characters of the answer that stand on the screen before a strike: it shall hit the middle. */
const middle = 60

const kinds: readonly StrikeKind[] = ['kill', 'pause', 'redis']

/** The servers as they are, three ways to harm them, and what each harm cost. */
export function clusterPanel({ session, words, conversation, send }: PageContext): PanelTools {
  const strings = () => clusterStrings[words.language]
  let state: ShownState | undefined
  let isLost = false
  let strikes: readonly Strike[] = []
  let message = ''
  let pending = false

  const heading = h('h2')
  const hint = h('p', { class: 'hint' })
  const servers = h('ul', { class: 'servers' })
  const buttons = kinds.map((kind) => ({
    kind,
    element: button('', () => void strike(kind), { 'data-strike': kind }),
  }))
  const spoken = h('output', { class: 'strike-message' })
  const resultsHeading = h('h3', { class: 'strikes-heading' })
  const results = h('ol', { class: 'strikes' })
  const element = h(
    'section',
    {},
    heading,
    hint,
    servers,
    h('div', { class: 'fault-buttons' }, ...buttons.map(({ element }) => element)),
    spoken,
    resultsHeading,
    results,
  )

  async function strike(kind: StrikeKind) {
    if (pending) return
    pending = true
    say('')
    try {
      if (!isWriting(conversation)) {
        say(strings().asking)
        send(strings().question)
      }
      await untilInTheMiddle(conversation)
      const at = performance.now()
      const { ok } = await fetch(`/cluster/${kind}`, { method: 'POST' })
      if (ok) strikes = [{ kind, at }, ...strikes].slice(0, 5)
      say(ok ? strings().struck[kind] : strings().refused)
    } catch {
      say(strings().unknown)
    } finally {
      pending = false
      draw()
    }
  }

  function say(text: string) {
    message = text
    draw()
  }

  function draw() {
    const own = strings()
    setText(heading, own.title)
    setText(hint, own.hint)
    for (const { kind, element } of buttons) {
      setText(element, own[kind])
      // Not `disabled`: the focus would be lost.
      setAttribute(
        element,
        'aria-disabled',
        pending || (kind === 'redis' && state?.canRestartRedis === false),
      )
    }
    setText(spoken, isLost ? own.unknown : message)
    servers.replaceChildren(...(state ? serverItems(state, own) : []))
    setText(resultsHeading, own.results)
    resultsHeading.hidden = strikes.length === 0
    results.replaceChildren(...strikes.map((one) => h('li', {}, describe(one, own))))
  }

  const events = new EventSource('/cluster/state')
  events.onmessage = ({ data }) => {
    state = JSON.parse(data)
    isLost = false
    draw()
  }
  events.onerror = () => {
    isLost = true
    draw()
  }
  session.client.on('retry', ({ retryState: { error } }) => {
    if (error.code === 'interrupted') strikes = interrupted(strikes, performance.now())
    draw()
  })
  conversation.subscribe(() => {
    const before = strikes
    strikes = settled(strikes, conversation.getSnapshot(), performance.now())
    if (strikes === before) return
    const [newest] = strikes
    if (newest) message = describe(newest, strings())
    draw()
  })
  words.subscribe(() => {
    message = ''
    draw()
  })
  draw()
  return { element, show: () => strings().show, hide: () => strings().hide }
}

const serverItems = ({ nodes, redis, answering }: ShownState, strings: ClusterStrings) => [
  ...nodes.map(({ name, state }) => {
    const isAnswering = state === 'up' && answering.includes(name)
    return h(
      'li',
      { 'data-state': state, 'data-answers': isAnswering },
      h('b', {}, strings.node(name)),
      h('span', {}, isAnswering ? strings.answers : strings.states[state]),
    )
  }),
  h('li', { 'data-state': redis }, h('b', {}, 'Redis'), h('span', {}, strings.redisStates[redis])),
]

/** The cost of a strike, as one line. */
function describe({ kind, at, interruptedAt, wholeAt, hasFailed }: Strike, strings: ClusterStrings): string {
  const after = (time: number) => ((time - at) / 1000).toFixed(1)
  const facts = [
    interruptedAt !== undefined && strings.interrupted(after(interruptedAt)),
    wholeAt !== undefined && strings.whole(after(wholeAt)),
    hasFailed && strings.failed,
    wholeAt === undefined && !hasFailed && strings.waiting,
  ]
  return `${strings.struck[kind]}: ${facts.filter(Boolean).join(', ')}`
}

const isWriting = (conversation: Conversation) =>
  ['submitted', 'streaming'].includes(conversation.getSnapshot().status)

/** Resolves once some of the answer is on the screen, or no answer is under way any more. */
function untilInTheMiddle(conversation: Conversation): Promise<void> {
  const isThere = () => {
    const answer = conversation.getSnapshot().messages.at(-1)
    const isLong = answer?.role === 'assistant' && messageText(answer).length >= middle
    return isLong || !isWriting(conversation)
  }
  if (isThere()) return Promise.resolve()
  return new Promise((resolve) => {
    const stop = conversation.subscribe(() => {
      if (!isThere()) return
      stop()
      resolve()
    })
  })
}
