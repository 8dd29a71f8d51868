import { io, type Socket } from 'socket.io-client'
import { message } from './attacker-socket.js'

/** Milliseconds between its requests, and requests between its messages: what a correct client may do for hours. */
const everyMs = 80
const perSend = 15
const maxMs = 20_000

export interface Latency {
  readonly ms: number
  /**
   * Milliseconds of processor time that the server has used meanwhile: how long it would have taken if nothing else ran
   * on this machine.
   */
  readonly cpuMs: number
}

/** A correct user beside an attack: how long the server takes to answer it. */
export class Bystander {
  readonly #socket: Socket
  readonly #own: string
  readonly #pending = new Map<string, () => void>()
  #latencies: Latency[] = []
  #wrong = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #ticks = 0
  #asked = 0
  #answered = 0

  /** @param spent milliseconds of processor time that the server has used so far. */
  constructor(
    url: string,
    name: string,
    private readonly spent: () => number,
  ) {
    this.#own = `own ${name}`
    this.#socket = io(url, { transports: ['websocket'], forceNew: true, auth: { protocol: 1, token: name } })
    this.#socket.on('disconnect', (reason) => this.#wrong.add(`a bystander was disconnected: ${reason}`))
    this.#socket.on('chat:event', (events) => {
      for (const { type, task_id } of [events].flat())
        if (type === 'finish') this.#pending.get(task_id)?.()
        else if (type === 'error') this.#wrong.add('a bystander’s answer failed')
    })
    this.#socket.on('connect', () => {
      for (const conversation_id of [this.#own, 'team-room'])
        this.#socket.emit('chat:join', { conversation_id, after: null }, () => {})
    })
  }

  async start(): Promise<void> {
    await this.#socket.timeout(10_000).emitWithAck('chat:join', { conversation_id: this.#own, after: null })
    // By the clock, whether the last one is answered or not: otherwise a stall would be measured once.
    this.#timer = setInterval(() => this.#tick(), everyMs)
  }

  /** What was measured since the last time, once all of that is answered. */
  async take(): Promise<{ latencies: Latency[]; wrong: string[] }> {
    const end = performance.now() + maxMs
    const asked = this.#asked
    while (this.#answered < asked && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 10))
    if (this.#answered < asked) this.#wrong.add('a bystander was not answered')
    const taken = { latencies: this.#latencies, wrong: [...this.#wrong] }
    this.#latencies = []
    this.#wrong = new Set()
    return taken
  }

  close(): void {
    clearInterval(this.#timer)
    this.#socket.off('disconnect')
    this.#socket.close()
  }

  #tick(): void {
    this.#ticks += 1
    this.#asked += 1
    const begin = performance.now()
    const spent = this.spent()
    const done = () => {
      this.#answered += 1
      this.#latencies.push({ ms: performance.now() - begin, cpuMs: this.spent() - spent })
    }
    if (this.#ticks % perSend === 0) this.#send(done)
    else
      this.#socket.emit(
        'chat:history',
        { conversation_id: 'none', before: 'm' },
        (answer: { error?: { code: string } }) => {
          if (answer.error?.code !== 'unknown_conversation') this.#refused(answer)
          done()
        },
      )
  }

  /** Until the answer is whole. */
  #send(done: () => void): void {
    const task_id = `t ${this.#own} ${this.#ticks}`
    this.#pending.set(task_id, () => {
      this.#pending.delete(task_id)
      done()
    })
    const request = { conversation_id: this.#own, task_id, input: message('hello') }
    this.#socket.emit('chat:send', request, (answer: { ok: boolean; error?: { code: string } }) => {
      if (!answer.ok) this.#refused(answer)
    })
  }

  #refused({ error }: { error?: { code: string } }): void {
    this.#wrong.add(`a bystander was refused: ${error?.code}`)
  }
}
