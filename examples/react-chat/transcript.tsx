import { useEffect, useRef, useState } from 'react'
import type { ChatMessage } from 'reconvene'
import { type EndFollower, followEnd } from '../shared/follow-end.js'
import type { MessageActions } from '../shared/message-actions.js'
import { messageRows } from '../shared/message-view.js'
import { EmptyState } from './empty-state.js'
import { useLanguage } from './language.js'
import { Message } from './message.js'
import { OlderButton } from './older-button.js'

interface TranscriptProps {
  readonly messages: readonly ChatMessage[]
  readonly hasOlder: boolean
  /** Nobody knows yet what there is. */
  readonly isLoading: boolean
  readonly undelivered: ReadonlySet<string>
  readonly actions: MessageActions
  readonly onLoadOlder: () => Promise<void>
  readonly onSuggestion: (text: string) => unknown
}

export function Transcript(props: TranscriptProps) {
  const { messages, hasOlder, isLoading, undelivered, actions, onLoadOlder, onSuggestion } = props
  const { strings } = useLanguage()
  const { scroller, content, follower, following } = useFollowEnd()
  const lastOwn = messages.findLast((message) => message.role === 'user')?.id

  // A person who writes wants to see their message.
  useEffect(() => {
    if (lastOwn !== undefined) follower.current?.jump()
  }, [lastOwn, follower])

  return (
    <div className="transcript-frame">
      <div className="transcript" role="log" aria-label={strings.conversation} ref={scroller}>
        <div className="transcript-content" ref={content}>
          {hasOlder && (
            <OlderButton
              onLoadOlder={() => {
                const first = content.current?.querySelector<HTMLElement>('.message')
                if (first) follower.current?.hold(first)
                return onLoadOlder()
              }}
            />
          )}
          {messages.length === 0 &&
            (isLoading ? (
              <p className="loading">{strings.loading}</p>
            ) : (
              <EmptyState onSuggestion={onSuggestion} />
            ))}
          {messageRows(messages, undelivered).map((row) => (
            <Message key={row.message.id} {...row} actions={actions} />
          ))}
        </div>
      </div>
      {!following && (
        <button type="button" className="jump" onClick={() => follower.current?.jump()}>
          {strings.jumpToLatest}
        </button>
      )}
    </div>
  )
}

function useFollowEnd() {
  const scroller = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const follower = useRef<EndFollower>(null)
  const [following, setFollowing] = useState(true)

  useEffect(() => {
    if (!scroller.current || !content.current) return
    follower.current = followEnd(scroller.current, content.current, setFollowing)
    return () => follower.current?.dispose()
  }, [])

  return { scroller, content, follower, following }
}
