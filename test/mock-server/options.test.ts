import { describe, expect, it } from 'vitest'
import { parseOptions, UsageError, usage } from '../../examples/mock-server/options.js'

describe('the command line', () => {
  it('has a default for everything', () => {
    expect(parseOptions([])).toEqual({
      port: 3001,
      host: '127.0.0.1',
      store: undefined,
      paceMs: 30,
      flushMs: 0,
      faults: false,
      origins: [],
      maxMessageBytes: 65_536,
      reconnectSpreadMs: 0,
      silenceMs: 60_000,
      drainMs: 5000,
      pingInterval: 25_000,
      pingTimeout: 20_000,
      logLevel: 'info',
    })
  })

  it('takes what is given', () => {
    const args = ['--port', '0', '--store=chats', '--faults', '--pace-ms', '5', '--log-level', 'silent']
    const origins = ['--origin', 'http://localhost:5173/', '--origin', 'https://chat.example']
    expect(parseOptions([...args, ...origins])).toMatchObject({
      port: 0,
      store: 'chats',
      faults: true,
      paceMs: 5,
      logLevel: 'silent',
      origins: ['http://localhost:5173', 'https://chat.example'],
    })
  })

  it.each([
    [['--port', 'abc'], 'unable to use --port; expected a whole number from 0 to 65535'],
    [['--port', '-1'], '--port'],
    [['--port', '65536'], 'unable to use --port; '],
    [['--port', '1e3'], 'unable to use --port; '],
    [['--port'], '--port'],
    [['--pace-ms', ''], 'unable to use --pace-ms; '],
    [['--host', ''], 'unable to use --host; it is empty'],
    [['--origin', 'localhost'], 'unable to use --origin; '],
    [['--origin', 'http://a.example/path'], 'unable to use --origin; '],
    [['--log-level', 'loud'], 'unable to use --log-level; expected one of silent, error, warn, info, debug'],
    [['--dance'], "unable to use the options; Unknown option '--dance'"],
    [['word'], 'unable to use the options; '],
  ])('refuses %j in one line', (args, message) => {
    const parse = () => parseOptions(args)
    expect(parse).toThrow(UsageError)
    expect(parse).toThrow(message)
    expect(parse).toThrow(/^[^\n]*$/)
  })

  it('shows help, which names every option', () => {
    expect(parseOptions(['--help'])).toBeNull()
    for (const name of [
      'port',
      'host',
      'store',
      'faults',
      'origin',
      'silence-ms',
      'drain-ms',
      'ping-timeout',
    ]) {
      expect(usage).toContain(`--${name} `)
    }
  })
})
