import type { Namespace } from 'socket.io'
import type { ChatEvent } from '../../protocol/events.js'
import type { ConversationKey } from '../store/conversation-key.js'
import { roomOf } from './rooms.js'

/** Events that leave in one packet; more of them leave at once. */
const maxEvents = 1000

/**
 * Gathers what one turn of the event loop pushes, so that each connection gets one packet of it: the packet and the system's
 * write cost more than a few events more in it.
 */
export class PushGatherer {
  readonly #namespaces: ReadonlySet<Namespace>
  readonly #onFailed: (error: unknown) => void
  #pending = new Map<ConversationKey, Push>()
  #count = 0
  #timer: NodeJS.Immediate | null = null

  /** @param onFailed told of what the app's own code threw as events left. Must not throw. */
  constructor(namespaces: ReadonlySet<Namespace>, onFailed: (error: unknown) => void) {
    this.#namespaces = namespaces
    this.#onFailed = onFailed
  }

  /** To the connections that have the conversation open as the events leave. */
  add(key: ConversationKey, events: readonly ChatEvent[]): void {
    const gathered = this.#pending.get(key)
    if (gathered) gathered.events.push(...events)
    else this.#pending.set(key, { room: roomOf(key), events: [...events] })
    this.#count += events.length
    if (this.#count >= maxEvents) this.flush()
    else this.#timer ??= setImmediate(() => this.flush())
  }

  /** Lets what is gathered leave now if some of it is of this conversation: a broadcast must not overtake what was stored before. */
  flushIfAbout(key: ConversationKey): void {
    if (this.#pending.has(key)) this.flush()
  }

  /** Lets what is gathered leave now. */
  flush(): void {
    if (this.#timer) clearImmediate(this.#timer)
    this.#timer = null
    const pending = this.#pending
    this.#pending = new Map()
    this.#count = 0
    for (const namespace of this.#namespaces) this.#emitAll(namespace, pending.values())
  }

  #emitAll(namespace: Namespace, pushes: Iterable<Push>): void {
    const { rooms } = namespace.adapter
    const heard: Push[] = []
    for (const push of pushes) if (rooms.has(push.room)) heard.push(push)
    if (heard.length === 1) {
      for (const { room, events } of heard) this.#emit(namespace, [room], events)
      return
    }
    // Connections that have the same conversations open share one packet, which is encoded once.
    for (const { ids, events } of groupsOf(heard, rooms)) this.#emit(namespace, ids, events)
  }

  #emit(namespace: Namespace, rooms: string[], events: readonly ChatEvent[]): void {
    try {
      // `local`: an adapter that the app uses would bring the event to other nodes a second time.
      namespace.local.to(rooms).emit('chat:event', events.length === 1 ? events[0] : events)
    } catch (error) {
      this.#onFailed(error)
      const { adapter, sockets } = namespace
      // Clients that may have missed the events connect again, and read them in the log.
      for (const id of rooms.flatMap((room) => [...(adapter.rooms.get(room) ?? [])]))
        sockets.get(id)?.conn.close()
    }
  }
}

interface Push {
  readonly room: string
  readonly events: ChatEvent[]
}

/** Connections that get the same events. */
function groupsOf(
  pushes: readonly Push[],
  rooms: ReadonlyMap<string, ReadonlySet<string>>,
): Iterable<{ readonly ids: string[]; readonly events: readonly ChatEvent[] }> {
  const pushesOf = new Map<string, number[]>()
  for (const [index, { room }] of pushes.entries())
    for (const id of rooms.get(room) ?? []) {
      const own = pushesOf.get(id)
      if (own) own.push(index)
      else pushesOf.set(id, [index])
    }
  const groups = new Map<string, { ids: string[]; events: readonly ChatEvent[] }>()
  for (const [id, indexes] of pushesOf) {
    const name = indexes.join()
    const group = groups.get(name)
    if (group) group.ids.push(id)
    else groups.set(name, { ids: [id], events: indexes.flatMap((index) => pushes[index]?.events ?? []) })
  }
  return groups.values()
}
