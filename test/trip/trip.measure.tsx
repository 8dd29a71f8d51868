// @vitest-environment jsdom
import { cleanup, renderHook } from '@testing-library/react'
import { afterEach, expect, it } from 'vitest'
import { useChat } from '../../src/react/index.js'
import { setUpPage } from '../react/chat-page.js'
import { summaryOf } from './summary.js'

afterEach(() => {
  cleanup()
  globalThis.enterFile = () => {}
})

it('measures the trip of a message from the hook to the transport', async () => {
  const { network, wrapper, advance } = setUpPage()
  const { result } = renderHook(() => useChat({ conversationId: 'demo' }), { wrapper })
  await advance(1000)
  expect(result.current.connection.status).toBe('connected')

  const entered: string[] = []
  const sent = new Promise<readonly string[]>((resolve) => {
    network.losesRequest = ({ event }) => {
      if (event === 'chat:send') {
        globalThis.enterFile = () => {}
        resolve(entered)
      }
      return false
    }
  })
  globalThis.enterFile = (file) => entered.push(file)
  result.current.sendMessage('hi')
  await advance(1000)
  const { files, switches, returns } = summaryOf(await sent)
  console.info(
    [
      `files entered: ${files.length}; switches: ${switches}; returns to a file already left: ${returns}`,
      'Counted: the functions of src/ that are entered, from the call of the hook’s sendMessage to the transport’s emit of',
      'chat:send, on a client that is connected and has joined. A switch is a function of another file than that of the',
      'function entered last; a function that returns to its caller is no switch.',
      ...files.map((file) => `  ${file}`),
    ].join('\n'),
  )
  expect(files.length).toBeLessThanOrEqual(24)
  expect(files[0]).toMatch(/^react\//)
})
