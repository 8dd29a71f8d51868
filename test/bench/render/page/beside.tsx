import { type ReactNode, startTransition, useLayoutEffect, useState } from 'react'

/** Works for a millisecond. */
function Piece() {
  const end = performance.now() + 1
  while (performance.now() < end);
  return <i />
}

/** Something that takes `ms` milliseconds to render, in pieces between which React can pause. */
export const Pieces = ({ ms }: { ms: number }) =>
  Array.from({ length: ms }, (_, index) => index).map((index) => <Piece key={index} />)

function Screen({ ms, onShown }: { ms: number; onShown: () => void }) {
  useLayoutEffect(onShown, [onShown])
  return <Pieces ms={ms} />
}

let open: (ms: number, onShown: () => void) => void

/** Beside what a contender shows, a screen that a transition opens. */
export function Beside({ children }: { children: ReactNode }) {
  const [screen, setScreen] = useState<ReactNode>(null)
  open = (ms, onShown) => startTransition(() => setScreen(<Screen ms={ms} onShown={onShown} />))
  return (
    <>
      {children}
      <aside>{screen}</aside>
    </>
  )
}

/** @returns the milliseconds from the beginning of the transition until its screen, which takes `ms` to render, is there */
export function openScreen(ms: number): Promise<number> {
  const begin = performance.now()
  return new Promise((resolve) => open(ms, () => resolve(performance.now() - begin)))
}
