// @vitest-environment jsdom
import { act, cleanup, render } from '@testing-library/react'
import { Component, type ReactNode } from 'react'
import { afterEach, expect, it, vi } from 'vitest'
import { useConversation } from '../../src/react/index.js'
import { setUpPage } from './chat-page.js'

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

class Boundary extends Component<{ readonly children: ReactNode }, { readonly caught: string }> {
  override state = { caught: '' }

  static getDerivedStateFromError(error: Error) {
    return { caught: error.message }
  }

  override render() {
    return this.state.caught || this.props.children
  }
}

function Picky() {
  return useConversation('demo', ({ messages }) => {
    if (messages.length > 0) throw new Error('unable to count')
    return 'nothing yet'
  })
}

it('a selector that throws after a change is caught by the error boundary around its component', async () => {
  // React itself tells the console of what a boundary catches.
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const { advance, client, wrapper } = setUpPage()
  const { container } = render(
    <Boundary>
      <Picky />
    </Boundary>,
    { wrapper },
  )
  await advance(100)
  expect(container.textContent).toBe('nothing yet')
  act(() => void client.conversation('demo').sendMessage('Hello'))
  await advance(100)
  expect(container.textContent).toBe('unable to count')
})
