import { Socket as EngineSocket } from 'engine.io-client'
import { type Attacker, open, openAgain, pause, turn } from '../attacker-socket.js'
import type { AttackReport } from '../orders.js'

type Attack = (attacker: Attacker) => Promise<AttackReport>

const separator = '\u001e'
const atOnce = 20
/** Sessions that are held open at once, as far as the server lets them. */
const held = 3000

/** Begins sessions, and never says whose they are. */
export const unnamedSessions: Attack = async ({ url, isOver }) => {
  let begun = 0
  const sockets = new Set<EngineSocket>()
  while (!isOver()) {
    if (sockets.size >= held) {
      await pause(20)
      continue
    }
    const some = Array.from({ length: atOnce }, () => {
      const socket = new EngineSocket(url, { transports: ['websocket'], path: '/socket.io/' })
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      return new Promise<void>((resolve) => {
        socket.on('open', () => {
          begun += 1
          resolve()
        })
        socket.on('close', () => resolve())
      })
    })
    await Promise.all(some)
  }
  for (const socket of [...sockets]) socket.close()
  return { tried: `${begun} WebSockets that name no user`, wrong: [] }
}

/** The same without a WebSocket: a session costs the attacker no more than a request. */
export const unnamedPolling: Attack = async ({ url, isOver }) => {
  let begun = 0
  while (!isOver()) {
    await Promise.all(Array.from({ length: atOnce }, () => beginPolling(url).catch(() => '')))
    begun += atOnce
  }
  return { tried: `${begun} polling sessions that name no user`, wrong: [] }
}

/** Sessions that are refused, and then stay: by who may come in, and by a namespace that there is none of. */
export const refusedPolling: Attack = async ({ url, isOver }) => {
  const knocks = ['40{"protocol":1,"token":"nobody"}', '40/none,']
  let refused = 0
  const one = async () => {
    const sid = await beginPolling(url)
    await post(url, sid, knocks[refused++ % knocks.length] ?? '')
  }
  while (!isOver()) await Promise.all(Array.from({ length: atOnce }, () => one().catch(() => {})))
  return { tried: `${refused} polling sessions that are refused`, wrong: [] }
}

/** Signs in and leaves, and is refused, as often as it can. */
export const connectionChurn: Attack = async (attacker) => {
  let opened = 0
  const one = async (token: string) => {
    while (!attacker.isOver()) {
      const socket = await open(attacker.url, token).catch(() => null)
      socket?.close()
      opened += 1
      await turn()
    }
  }
  await Promise.all([attacker.user, attacker.user, 'nobody', 'nobody', ''].map(one))
  return { tried: `${opened} connections`, wrong: [] }
}

/** More connections than a user may have, and all of them stay. */
export const manyConnections: Attack = async (attacker) => {
  const sockets = await Promise.all(
    Array.from({ length: 100 }, () => open(attacker.url, attacker.user).catch(() => null)),
  )
  const had = sockets.filter((socket) => socket !== null)
  while (!attacker.isOver()) await pause(50)
  for (const socket of had) socket.close()
  const wrong = had.length > 30 ? [`one user had ${had.length} connections`] : []
  return { tried: `100 connections, of which ${had.length} were let in`, wrong }
}

/** One POST with 110,000 packets: before the session has said whose it is, after, and as one that names no protocol. */
export const packedPost: Attack = async ({ url, user, isOver }) => {
  const packets = Array.from({ length: 110_000 }, () => '42["a"]').join(separator)
  let posts = 0
  while (!isOver()) {
    try {
      const sid = await beginPolling(url)
      const hello = [`40${JSON.stringify({ protocol: 1, token: user })}`, '', '40'][posts % 3]
      if (hello) await post(url, sid, hello)
      posts += 1
      await post(url, sid, packets)
    } catch {
      await pause(20)
    }
  }
  return { tried: `${posts} POSTs of 110,000 packets`, wrong: [] }
}

/** As much and as deeply as a packet can hold, in every request there is. */
export const hugePayloads: Attack = async (attacker) => {
  const deep = 450_000
  const payloads = [
    `{"conversation_id":"c","task_id":"t","input":${'['.repeat(deep)}${']'.repeat(deep)}}`,
    `{"conversation_id":"c","input":{${Array.from({ length: 60_000 }, (_, n) => `"k${n}":0`).join()}}}`,
    `{"conversation_id":"${'x'.repeat(900_000)}","after":null}`,
    `[${'0,'.repeat(400_000)}0]`,
    `{"__proto__":{"ok":true},"conversation_id":{"toString":1},"input":{"kind":"constructor"}}`,
  ]
  const events = ['chat:send', 'chat:join', 'chat:stop', 'chat:broadcast', 'chat:history']
  let sent = 0
  while (!attacker.isOver()) {
    const socket = await openAgain(attacker)
    const engine = socket?.io.engine as unknown as { write(data: string): void; writeBuffer: unknown[] }
    while (socket?.connected && !attacker.isOver()) {
      const payload = payloads[sent % payloads.length]
      // What Socket.IO's own encoder would not make.
      engine.write(`2${sent}["${events[sent % events.length]}",${payload}]`)
      sent += 1
      while (engine.writeBuffer.length > 4 && socket.connected && !attacker.isOver()) await pause(1)
      await turn()
    }
    socket?.close()
  }
  return { tried: `${sent} packets of up to 900 kB`, wrong: [] }
}

/** Packets that are none, and bytes that never come. */
export const brokenPackets: Attack = async (attacker) => {
  const packets = [
    '9',
    '2',
    '2[',
    '2{}',
    '5999-["chat:send",{}]',
    '51-["chat:send",{"_placeholder":true,"num":0}]',
    '3999[]',
  ]
  let sent = 0
  while (!attacker.isOver()) {
    const socket = await openAgain(attacker)
    const engine = socket?.io.engine as unknown as { write(data: string): void }
    if (!socket) break
    engine.write(packets[sent % packets.length] ?? '')
    sent += 1
    await pause(2)
    socket.close()
  }
  return { tried: `${sent} packets that are none`, wrong: [] }
}

async function beginPolling(url: string): Promise<string> {
  const answer = await fetch(`${url}/socket.io/?EIO=4&transport=polling`)
  const text = await answer.text()
  return (JSON.parse(text.slice(1)) as { sid: string }).sid
}

async function post(url: string, sid: string, body: string): Promise<void> {
  const answer = await fetch(`${url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, { method: 'POST', body })
  await answer.text()
}
