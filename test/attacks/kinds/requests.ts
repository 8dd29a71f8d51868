import {
  type Attacker,
  ask,
  nextId,
  open,
  openAgain,
  pause,
  persist,
  sending,
  tcpOf,
} from '../attacker-socket.js'
import type { AttackReport } from '../orders.js'

type Attack = (attacker: Attacker) => Promise<AttackReport>

const noAnswer = () => {}

/** Sends without ever waiting for an answer. */
export const messageFlood: Attack = async (attacker) => {
  const steps = await persist(attacker, (socket) =>
    socket.emit('chat:send', sending('flood', 'hello'), noAnswer),
  )
  return { tried: `${steps} messages`, wrong: [] }
}

export const unheardFlood: Attack = async (attacker) => {
  const steps = await persist(attacker, (socket) => socket.emit(nextId('event'), { text: 'x'.repeat(500) }))
  return { tried: `${steps} events that nobody hears`, wrong: [] }
}

export const conversationFlood: Attack = async (attacker) => {
  const steps = await persist(attacker, (socket) =>
    socket.emit('chat:send', sending(nextId('c'), 'hello'), noAnswer),
  )
  return { tried: `${steps} conversations`, wrong: [] }
}

/** The largest messages that are taken, and the longest answers. */
export const longAnswers: Attack = async (attacker) => {
  let sent = 0
  await persist(attacker, async (socket) => {
    const conversation_id = nextId('c')
    socket.emit('chat:join', { conversation_id, after: null }, noAnswer)
    const answer = await ask(
      socket,
      'chat:send',
      sending(conversation_id, sent % 2 ? 'flood' : 'x'.repeat(60_000)),
    )
    sent += 1
    if (!answer?.ok) await pause(20)
  })
  return { tried: `${sent} messages of 60 kB, and answers without an end`, wrong: [] }
}

export const roomFlood: Attack = async (attacker) => {
  const steps = await persist(attacker, (socket) =>
    socket.emit('chat:join', { conversation_id: nextId('c'), after: null }, noAnswer),
  )
  return { tried: `${steps} joins`, wrong: [] }
}

/** As fast as a correct client may, with a new connection as soon as the old one has used up what it may. */
export const politeChurn: Attack = async (attacker) => {
  let joins = 0
  while (!attacker.isOver()) {
    const socket = await openAgain(attacker)
    if (!socket) break
    const answers = Array.from({ length: 90 }, () =>
      ask(socket, 'chat:join', { conversation_id: nextId('c'), after: null }),
    )
    await Promise.all(answers)
    joins += answers.length
    socket.close()
  }
  return { tried: `${joins} joins over new connections`, wrong: [] }
}

export const stopFlood: Attack = async (attacker) => {
  const steps = await persist(attacker, (socket) =>
    socket.emit('chat:stop', { conversation_id: 'stops', task_id: nextId('t') }, noAnswer),
  )
  return { tried: `${steps} stops in one conversation`, wrong: [] }
}

export const scatteredStops: Attack = async (attacker) => {
  const steps = await persist(attacker, (socket) =>
    socket.emit('chat:stop', { conversation_id: nextId('c'), task_id: nextId('t') }, noAnswer),
  )
  return { tried: `${steps} stops, each in a conversation of its own`, wrong: [] }
}

/** To everyone in a conversation that the bystanders have open. */
export const broadcastFlood: Attack = async (attacker) => {
  const value = 'x'.repeat(4000)
  const steps = await persist(attacker, (socket) =>
    socket.emit('chat:broadcast', { conversation_id: 'team-room', name: 'typing', value }, noAnswer),
  )
  return { tried: `${steps} broadcasts of 4 kB`, wrong: [] }
}

/** Names the greatest attempt there is: the task must stay retryable. */
export const farRetry: Attack = async (attacker) => {
  const wrong = new Set<string>()
  let retries = 0
  while (!attacker.isOver()) {
    const socket = await openAgain(attacker)
    if (!socket) break
    const request = sending(nextId('c'), 'fail')
    const task = { conversation_id: request.conversation_id, task_id: request.task_id }
    const failed = () =>
      new Promise<void>((resolve) => {
        const take = (events: unknown) => {
          for (const event of [events].flat() as { type: string; task_id?: string }[])
            if (event.type === 'error' && event.task_id === task.task_id) {
              socket.off('chat:event', take)
              resolve()
            }
        }
        socket.on('chat:event', take)
        setTimeout(resolve, 5000)
      })
    await ask(socket, 'chat:join', { conversation_id: task.conversation_id, after: null })
    const first = failed()
    const sent = await ask(socket, 'chat:send', request)
    if (sent?.ok) {
      await first
      for (const [attempt, expected] of [
        [Number.MAX_SAFE_INTEGER, 2],
        [3, 3],
      ]) {
        const again = failed()
        const answer = await ask(socket, 'chat:retry', { ...task, attempt })
        const isLimited = (answer?.error as { code?: string } | undefined)?.code === 'rate_limited'
        if (isLimited || !answer) break
        if (answer.attempt !== expected) wrong.add(`a retry was answered with ${JSON.stringify(answer)}`)
        await again
        retries += 1
      }
    } else await pause(50)
    socket.close()
  }
  return { tried: `${retries} retries`, wrong: [...wrong] }
}

/** Whatever the server would write a line about. */
export const logFlood: Attack = async (attacker) => {
  let refused = 0
  const knocking = (async () => {
    while (!attacker.isOver()) {
      await Promise.all(Array.from({ length: 10 }, () => open(attacker.url, 'nobody').catch(() => {})))
      refused += 10
    }
  })()
  let n = 0
  const steps = await persist(attacker, (socket) => {
    n += 1
    if (n % 3 === 0) socket.emit('chat:nothing', { n }, noAnswer)
    else if (n % 3 === 1) socket.emit('chat:send', { conversation_id: n }, noAnswer)
    else socket.emit('chat:history', { conversation_id: 'c', before: `${n}` }, noAnswer)
  })
  await knocking
  return { tried: `${steps} requests that are wrong, ${refused} connections that may not come in`, wrong: [] }
}

/** Asks for much, and reads none of it. */
export const neverReads: Attack = async (attacker) => {
  await fill(attacker)
  const joins = await persist(attacker, (socket) => {
    tcpOf(socket)?.pause()
    socket.emit('chat:join', { conversation_id: 'full', after: null, limit: 200 }, noAnswer)
  })
  return { tried: `${joins} joins`, wrong: [] }
}

/** The same, no faster than the server allows, and stays. */
export const neverReadsPolitely: Attack = async (attacker) => {
  await fill(attacker)
  let joins = 0
  while (!attacker.isOver()) {
    const socket = await openAgain(attacker)
    if (!socket) break
    tcpOf(socket)?.pause()
    while (socket.connected && tcpOf(socket) && !attacker.isOver()) {
      socket.emit('chat:join', { conversation_id: 'full', after: null, limit: 200 }, noAnswer)
      joins += 1
      await pause(55)
    }
    socket.close()
  }
  return { tried: `${joins} joins that are read by no one`, wrong: [] }
}

/** Has a stream pushed to ten connections that take a little of it now and then. */
export const slowReaders: Attack = async (attacker) => {
  const sockets = await Promise.all(Array.from({ length: 10 }, () => openAgain(attacker)))
  const reading = sockets.map(async (socket, index) => {
    if (!socket) return
    for (let n = 0; n < 4; n++) await ask(socket, 'chat:join', { conversation_id: `slow-${n}`, after: null })
    if (index === 0)
      for (let n = 0; n < 4; n++) socket.emit('chat:send', sending(`slow-${n}`, 'flood'), noAnswer)
    while (socket.connected && !attacker.isOver()) {
      tcpOf(socket)?.pause()
      await pause(900)
      tcpOf(socket)?.resume()
      await pause(5)
    }
    socket.close()
  })
  await Promise.all(reading)
  return { tried: '10 readers of 4 streams', wrong: [] }
}

/** A conversation of over a megabyte. */
async function fill(attacker: Attacker): Promise<void> {
  const socket = await openAgain(attacker)
  if (!socket) return
  for (let n = 0; n < 20; n++) await ask(socket, 'chat:send', sending('full', 'x'.repeat(60_000)))
  socket.close()
  attacker.begin()
}
