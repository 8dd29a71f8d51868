import { describe, expect, it } from 'vitest'
import { BEAT_MS, RedisChannels } from '../../../src/server/redis/redis-channels.js'
import type { RedisConnection } from '../../../src/server/redis/redis-connection.js'
import { VirtualClock } from '../../support/virtual-clock.js'
import { recordingLogger } from '../store/recording-logger.js'

/** A Redis whose connections for messages can be cut off without a word. */
function silentRedis() {
  const lines: {
    channels: Set<string>
    isDead: boolean
    isClosed: boolean
    hear(channel: string, message: string): void
  }[] = []
  const state = { isReachable: true, refuses: new Set<string>(), failsToClose: false }
  const publish = (channel: string, message: string) => {
    for (const line of lines) {
      if (!line.isDead && !line.isClosed && line.channels.has(channel)) line.hear(channel, message)
    }
  }
  const redis: RedisConnection = {
    run: async (_key, [, channel = '', message = '']) => {
      if (!state.isReachable) throw new Error('unreachable')
      publish(channel, message)
    },
    subscriber: ({ onMessage }) => {
      const line = { channels: new Set<string>(), isDead: false, isClosed: false, hear: onMessage }
      lines.push(line)
      return {
        subscribe: async (channel) => {
          line.channels.add(channel)
          if (state.refuses.has(channel)) throw new Error('timeout')
        },
        unsubscribe: async (channel) => void line.channels.delete(channel),
        close: async () => {
          line.isClosed = true
          if (state.failsToClose) throw new Error('closed already')
        },
      }
    },
  }
  return { redis, lines, state, publish }
}

function begin() {
  const clock = new VirtualClock()
  const logger = recordingLogger()
  const reconnects: (readonly string[])[] = []
  const world = silentRedis()
  const channels = new RedisChannels({
    redis: world.redis,
    ownChannel: 'own',
    logger,
    clock,
    onReconnect: (names) => reconnects.push(names),
  })
  return { ...world, clock, logger, reconnects, channels }
}

describe('the connection for messages', () => {
  it('is replaced if nothing comes back on it, and each channel is heard again', async () => {
    const { channels, lines, clock, reconnects, publish, logger } = begin()
    const told: string[] = []
    await channels.add('one', (message) => told.push(message))
    await channels.add('two', () => {})
    await clock.advance(10 * BEAT_MS)
    expect(lines).toHaveLength(1)
    for (const line of lines) line.isDead = true
    await clock.advance(2 * BEAT_MS)
    expect(lines).toHaveLength(2)
    expect(lines[0]?.isClosed).toBe(true)
    expect(reconnects).toEqual([['one', 'two']])
    expect(logger.lines).toEqual([['warn', 'Redis subscription replaced; nothing came back']])
    publish('one', 'again')
    expect(told).toEqual(['again'])
    await channels.close()
  })

  it('stays if Redis itself can’t be reached: its client connects again by itself', async () => {
    const { channels, lines, clock, state } = begin()
    await channels.add('one', () => {})
    state.isReachable = false
    await clock.advance(10 * BEAT_MS)
    expect(lines).toHaveLength(1)
    state.isReachable = true
    await clock.advance(10 * BEAT_MS)
    expect(lines).toHaveLength(1)
    await channels.close()
  })

  it('is made once, is closed with the store, and leaves no timer', async () => {
    const { channels, lines, clock } = begin()
    await Promise.all([channels.add('one', () => {}), channels.add('two', () => {})])
    expect(lines).toHaveLength(1)
    await channels.close()
    expect(lines[0]?.isClosed).toBe(true)
    expect(clock.pending).toBe(0)
    await expect(channels.add('three', () => {})).rejects.toThrow('closed')
  })

  it('is subscribed to a channel for as long as somebody listens', async () => {
    const { channels, lines } = begin()
    const leave = [await channels.add('one', () => {}), await channels.add('one', () => {})]
    await leave[0]?.()
    expect(lines[0]?.channels.has('one')).toBe(true)
    await leave[1]?.()
    expect(lines[0]?.channels.has('one')).toBe(false)
    await channels.close()
  })

  it('is closed if it could not be opened, and opened anew for the next one who listens', async () => {
    const { channels, lines, state } = begin()
    state.refuses.add('own')
    await expect(channels.add('one', () => {})).rejects.toThrow('timeout')
    expect(lines[0]?.isClosed).toBe(true)
    state.refuses.clear()
    await channels.add('one', () => {})
    expect(lines).toHaveLength(2)
    await channels.close()
  })

  it('leaves a channel whose subscription has failed: Redis may have taken the command', async () => {
    const { channels, lines, state } = begin()
    await channels.add('other', () => {})
    state.refuses.add('one')
    await expect(channels.add('one', () => {})).rejects.toThrow('timeout')
    expect(lines[0]?.channels).toEqual(new Set(['own', 'other']))
    state.refuses.clear()
    await channels.add('one', () => {})
    expect(lines[0]?.channels.has('one')).toBe(true)
    await channels.close()
  })

  it('is replaced also if its client has closed it already', async () => {
    const { channels, lines, clock, state } = begin()
    await channels.add('one', () => {})
    for (const line of lines) line.isDead = true
    state.failsToClose = true
    await clock.advance(2 * BEAT_MS)
    expect(lines[1]?.channels).toEqual(new Set(['own', 'one']))
    await channels.close()
  })
})
