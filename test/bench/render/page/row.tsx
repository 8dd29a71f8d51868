import { memo, useLayoutEffect } from 'react'
import { counts, type Message, noteCommit } from './contender.js'

type RowProps = Pick<Message, 'role' | 'text'>

/** The same row for all who use React. */
export const Row = memo(function Row({ role, text }: RowProps) {
  counts.rows++
  useLayoutEffect(noteCommit)
  return (
    <div data-role={role}>
      <p>{text}</p>
    </div>
  )
})
