import * as React from 'react'
import { type ComponentType, type ReactNode, Suspense, startTransition, useState } from 'react'
import { flushSync } from 'react-dom'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server.browser'
import { createMemoryRouter, Outlet } from 'react-router'
import { RouterProvider } from 'react-router/dom'
import { ChatProvider } from 'reconvene/react'
import { Answer, DeferredAnswer, type Reading, Screen, SlowReader } from './readers.js'
import { type Stream, startStream, word } from './stream.js'

const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve))
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
/** With so many deltas a stream flows. */
const flowing = 3
/** So many frames, about a second, a page may take to show the last deltas. */
const maxFrames = 60
const lengths = () => [...document.querySelectorAll('[data-length]')].map((one) => Number(one.textContent))

/** Waits until the page shows all deltas. @returns whether the page never does */
async function isBehind({ pushedAt }: Stream): Promise<boolean> {
  const differs = () => lengths().some((length) => length !== pushedAt.length * word.length)
  for (let frames = 0; frames < maxFrames && differs(); frames++) await frame()
  return differs()
}

/** Mounts a page over a stream of `rate` deltas a second, and takes both away afterwards. */
async function withPage<T>(rate: number, page: ReactNode, run: (stream: Stream) => Promise<T>): Promise<T> {
  const stream = await startStream()
  const container = document.body.appendChild(document.createElement('main'))
  const root = createRoot(container)
  flushSync(() => root.render(<ChatProvider client={stream.client}>{page}</ChatProvider>))
  await frame()
  const end = stream.begin(rate)
  try {
    while (rate > 0 && stream.pushedAt.length < flowing) await frame()
    const result = await run(stream)
    end()
    if (await isBehind(stream))
      throw new Error(`${stream.pushedAt.length} deltas were pushed, and the page shows ${lengths()}`)
    return result
  } finally {
    end()
    root.unmount()
    container.remove()
    await stream.close()
  }
}

/** The time from a navigation until its screen is in the document. */
async function timeOf(navigate: () => void, shown: Promise<void>): Promise<number> {
  const begin = performance.now()
  navigate()
  await shown
  return performance.now() - begin
}

function signal() {
  let fire = () => {}
  const fired = new Promise<void>((resolve) => {
    fire = resolve
  })
  return { fire: () => fire(), fired }
}

export interface NavigationOptions {
  readonly reading: Reading
  readonly rate: number
  /** How long the new screen takes to render. */
  readonly ms: number
}

/** A transition to another screen, beside the answer. @returns milliseconds */
function transition({ reading, rate, ms }: NavigationOptions): Promise<number> {
  const shown = signal()
  let open = () => {}
  function Page() {
    const [isOpen, setOpen] = useState(false)
    open = () => startTransition(() => setOpen(true))
    return (
      <>
        <Answer reading={reading} />
        {isOpen && <Screen ms={ms} onShown={shown.fire} />}
      </>
    )
  }
  return withPage(rate, <Page />, () => timeOf(open, shown.fired))
}

/** A navigation of React Router, in whose layout the answer is. @returns milliseconds */
async function route({ reading, rate, ms }: NavigationOptions): Promise<number> {
  const shown = signal()
  const router = createMemoryRouter([
    {
      path: '/',
      element: (
        <>
          <Answer reading={reading} />
          <Outlet />
        </>
      ),
      children: [
        { index: true, element: null },
        { path: 'screen', element: <Screen ms={ms} onShown={shown.fire} /> },
      ],
    },
  ])
  return withPage(rate, <RouterProvider router={router} />, () =>
    timeOf(() => void router.navigate('/screen'), shown.fired),
  )
}

/** A transition to a screen that renders 100 ms and then waits 300 ms for its data. */
function suspending({ reading, rate }: Omit<NavigationOptions, 'ms'>) {
  const shown = signal()
  let fallbacks = 0
  let open = () => {}
  let isLoaded = false
  let grown = 0
  let loading: Promise<void> | undefined
  function Data() {
    if (isLoaded) return null
    if (!loading) {
      const before = Math.max(0, ...lengths())
      loading = pause(300).then(() => {
        grown = Math.max(0, ...lengths()) - before
        isLoaded = true
      })
    }
    throw loading
  }
  function Fallback() {
    React.useLayoutEffect(() => void fallbacks++)
    return null
  }
  function Page() {
    const [isOpen, setOpen] = useState(false)
    open = () => startTransition(() => setOpen(true))
    return (
      <>
        <Answer reading={reading} />
        <Suspense fallback={<Fallback />}>
          <i />
          {isOpen && <Screen ms={100} onShown={shown.fire} />}
          {isOpen && <Data />}
        </Suspense>
      </>
    )
  }
  return withPage(rate, <Page />, async () => {
    const took = await timeOf(open, shown.fired)
    return { took, fallbacks, grownMeanwhile: grown / word.length }
  })
}

/** A deferred list of 40 ms. @returns how many milliseconds it was behind, at most */
function deferral({ reading, rate }: Omit<NavigationOptions, 'ms'>): Promise<number> {
  return withPage(rate, <DeferredAnswer reading={reading} />, async ({ pushedAt }) => {
    const list = document.querySelector('[data-deferred]')
    let behind = 0
    for (const end = performance.now() + 1000; performance.now() < end; ) {
      await frame()
      const shown = Number(list?.getAttribute('data-deferred')) / word.length
      const oldest = pushedAt[shown]
      if (oldest !== undefined) behind = Math.max(behind, performance.now() - oldest)
    }
    return behind
  })
}

const all = ['useChat', 'useMessage', 'useConversation'] as const
const mounting = ['first', 'second'].flatMap((place) =>
  all.map((reading) => ({ key: `${place} ${reading}`, reading })),
)

/** Readers that mount in transitions, beside others. @returns the frames, and those in which two readers differed */
function tearing(mountings: number): Promise<{ mounted: number; torn: string[] }> {
  let show = (_: boolean) => {}
  function Page() {
    const [isOpen, setOpen] = useState(false)
    show = (next) => startTransition(() => setOpen(next))
    return (
      <>
        {all.map((reading) => (
          <Answer key={reading} reading={reading} />
        ))}
        {isOpen && mounting.map(({ key, reading }) => <SlowReader key={key} reading={reading} ms={3} />)}
      </>
    )
  }
  return withPage(1000, <Page />, async () => {
    const torn: string[] = []
    let mounted = 0
    /** Looks at what each frame paints, until it has so many readers. */
    const until = async (count: number) => {
      for (;;) {
        await frame()
        const seen = lengths()
        if (new Set(seen).size > 1) torn.push(seen.join(' '))
        if (seen.length === count) return
      }
    }
    while (mounted < mountings) {
      show(true)
      await until(all.length * 3)
      mounted++
      show(false)
      await until(all.length)
    }
    return { mounted, torn }
  })
}

/** A tab of the page that is hidden for half a second, then shown. */
function activity({ reading }: Pick<NavigationOptions, 'reading'>) {
  const Activity = (React as { Activity?: ComponentType<{ mode: string; children: ReactNode }> }).Activity
  if (!Activity) return Promise.resolve(null)
  let setMode = (_: 'visible' | 'hidden') => {}
  let renders = 0
  function Counted() {
    renders++
    return <SlowReader reading={reading} ms={0} />
  }
  function Page() {
    const [mode, set] = useState<'visible' | 'hidden'>('visible')
    setMode = set
    if (!Activity) return null
    return (
      <>
        <Answer reading="useConversation" />
        <Activity mode={mode}>
          <Counted />
        </Activity>
      </>
    )
  }
  return withPage(200, <Page />, async ({ server }) => {
    flushSync(() => setMode('hidden'))
    await pause(100)
    const before = lengths()
    renders = 0
    await pause(500)
    const hidden = { grew: lengths().map((length, index) => length - (before[index] ?? 0)), renders }
    flushSync(() => setMode('visible'))
    await frame()
    return { hidden, shown: lengths(), joins: server.joins }
  })
}

/** A page that a server rendered without messages, hydrated by a client that has an answer by then. */
async function hydration({ reading }: Pick<NavigationOptions, 'reading'>) {
  const onServer = await startStream()
  const stream = await startStream()
  const page = ({ client }: Stream) => (
    <ChatProvider client={client}>
      <button type="button">Send</button>
      <Answer reading={reading} />
    </ChatProvider>
  )
  const container = document.body.appendChild(document.createElement('main'))
  container.innerHTML = renderToString(page(onServer))
  const rendered = container.querySelectorAll('p').length
  const button = container.querySelector('button')
  const end = stream.begin(200)
  await pause(200)
  const complaints: string[] = []
  const root = hydrateRoot(container, page(stream), {
    onRecoverableError: (error) => complaints.push(String(error)),
  })
  await pause(100)
  end()
  await isBehind(stream)
  const result = {
    rendered,
    shown: lengths(),
    pushed: stream.pushedAt.length * word.length,
    isSameButton: container.querySelector('button') === button,
    complaints,
  }
  root.unmount()
  container.remove()
  await Promise.all([onServer.close(), stream.close()])
  return result
}

export const scenarios = { transition, route, suspending, deferral, tearing, activity, hydration }
export const reactVersion = React.version
