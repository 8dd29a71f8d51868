import { memo, useDeferredValue, useLayoutEffect } from 'react'
import { Pieces } from './beside.js'
import { counts, type Message, noteCommit } from './contender.js'

type RowProps = Pick<Message, 'role' | 'text'>

/** How long a row's text takes to render, as long Markdown does; set before anything is mounted. 0: it is plain text. */
export const slowText = { ms: 0 }

const SlowText = memo(function SlowText({ text }: { text: string }) {
  return (
    <>
      <Pieces ms={slowText.ms} />
      {text}
    </>
  )
})

const DeferredText = ({ text }: { text: string }) => <SlowText text={useDeferredValue(text)} />

/** The same row for all who use React. */
export const Row = memo(function Row({ role, text }: RowProps) {
  counts.rows++
  useLayoutEffect(noteCommit)
  return (
    <div data-role={role}>
      <p>{slowText.ms > 0 ? <DeferredText text={text} /> : text}</p>
    </div>
  )
})
