// @vitest-environment jsdom
import { act, cleanup, renderHook } from '@testing-library/react'
import { StrictMode, useCallback } from 'react'
import { afterEach, describe, expect, it } from 'vitest'
import { SharedStore } from '../../src/react/shared-store.js'
import { useStore } from '../../src/react/use-store.js'

afterEach(cleanup)

interface Point {
  readonly x: number
  readonly y: number
}

const origin: Point = { x: 0, y: 0 }

function createStore(first: Point) {
  const listeners = new Set<() => void>()
  let point = first
  const shared = new SharedStore({
    getSnapshot: () => point,
    subscribe: (listener: () => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  })
  return {
    listeners,
    shared,
    set: (next: Point) =>
      act(() => {
        point = next
        for (const listener of [...listeners]) listener()
      }),
  }
}

function usePart<Part>({ shared }: ReturnType<typeof createStore>, select: (point: Point) => Part): Part {
  const find = useCallback(() => shared, [shared])
  return useStore({ find, initial: origin, select })
}

describe('a part of a store', () => {
  it('renders when it changes and not when another part does', () => {
    const store = createStore({ x: 1, y: 1 })
    let renders = 0
    const selectX = ({ x }: Point) => x
    const { result } = renderHook(() => {
      renders++
      return usePart(store, selectX)
    })
    store.set({ x: 1, y: 2 })
    expect(renders).toBe(1)
    store.set({ x: 5, y: 2 })
    expect(result.current).toBe(5)
    expect(renders).toBe(2)
  })

  it('may be selected by an inline function, also by one that makes an object anew', () => {
    const store = createStore({ x: 1, y: 1 })
    let renders = 0
    const { result } = renderHook(
      () => {
        renders++
        return usePart(store, ({ x, y }) => ({ sum: x + y }))
      },
      { wrapper: StrictMode },
    )
    expect(result.current).toEqual({ sum: 2 })
    const before = renders
    store.set({ x: 2, y: 1 })
    expect(result.current).toEqual({ sum: 3 })
    // StrictMode renders twice.
    expect(renders - before).toBe(2)
  })

  it('follows a selector that depends on a prop', () => {
    const store = createStore({ x: 1, y: 2 })
    const { result, rerender } = renderHook(
      ({ axis }: { axis: 'x' | 'y' }) => usePart(store, (point) => point[axis]),
      {
        initialProps: { axis: 'x' },
      },
    )
    expect(result.current).toBe(1)
    rerender({ axis: 'y' })
    expect(result.current).toBe(2)
    store.set({ x: 1, y: 3 })
    expect(result.current).toBe(3)
  })

  it('is computed once per change, however often React asks', () => {
    const store = createStore({ x: 1, y: 1 })
    let computed = 0
    const select = ({ x }: Point) => {
      computed++
      return x
    }
    const { rerender } = renderHook(() => usePart(store, select))
    rerender()
    rerender()
    expect(computed).toBe(1)
    store.set({ x: 2, y: 1 })
    expect(computed).toBe(2)
  })
})

describe('a store that a component no longer reads', () => {
  it('has no listener of it, after a change of stores and after unmounting', () => {
    const [first, second] = [createStore({ x: 1, y: 1 }), createStore({ x: 2, y: 2 })]
    const select = ({ x }: Point) => x
    const { result, rerender, unmount } = renderHook(({ store }) => usePart(store, select), {
      initialProps: { store: first },
      wrapper: StrictMode,
    })
    expect([first.listeners.size, second.listeners.size]).toEqual([1, 0])
    rerender({ store: second })
    expect(result.current).toBe(2)
    expect([first.listeners.size, second.listeners.size]).toEqual([0, 1])
    unmount()
    expect(second.listeners.size).toBe(0)
  })
})
