import type { Place, Start } from './app.js'

const apps: Readonly<Record<string, () => Promise<{ start: Start }>>> = {
  reconvene: () => import('./with-reconvene.js'),
  'bare-socket': () => import('./with-bare-socket.js'),
}

const painted = () => new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve)))

const bench = {
  /** Milliseconds from the import of an app until so many messages are painted. */
  async firstMessages(name: string, place: Place, messages: number): Promise<number> {
    // React is both contenders' floor, and not what they differ in.
    await import('react-dom/client')
    const begin = performance.now()
    const app = await apps[name]?.()
    const container = document.body.appendChild(document.createElement('main'))
    app?.start(container, place)
    while (container.querySelectorAll('p').length < messages) await painted()
    await painted()
    return performance.now() - begin
  },
  /** Microseconds that a client takes to be made. */
  async construct(times: number): Promise<number> {
    const { makeClients } = await import('./objects.js')
    return makeClients(times)
  },
  /** Microseconds that a conversation takes to be opened, looked at and dropped. */
  async conversations(times: number): Promise<number> {
    const { openConversations } = await import('./objects.js')
    return openConversations(times)
  },
}

export type StartBench = typeof bench

Object.assign(window, { bench })
