import { useLayoutEffect, useRef } from 'react'
import type { ChatPart, ReasoningPart } from 'reconvene'
import { updateMarkdown } from '../shared/markdown.js'
import type { MessageActions } from '../shared/message-actions.js'
import { safeFileUrl } from '../shared/message-view.js'
import { visibleText } from '../shared/visible-text.js'
import { useLanguage } from './language.js'
import { ToolCard } from './tool-card.js'

interface MessagePartProps {
  readonly part: ChatPart
  readonly role: string
  readonly busy: boolean
  readonly actions: MessageActions
}

export function MessagePart({ part, role, busy, actions }: MessagePartProps) {
  const { strings } = useLanguage()
  switch (part.type) {
    case 'text':
      // People's words are shown as they typed them.
      return role === 'user' ? (
        <p className="plain-text">{visibleText(part.text)}</p>
      ) : (
        <Markdown text={part.text} />
      )
    case 'reasoning':
      return <Reasoning part={part} />
    case 'tool':
      return <ToolCard part={part} busy={busy} actions={actions} />
    case 'file':
      return <PartLink url={part.url} name={part.name ?? strings.file} />
    case 'source':
      return <PartLink url={part.url} name={part.title ?? part.url ?? strings.source} />
    default:
      return null
  }
}

function Markdown({ text }: { text: string }) {
  const element = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    if (element.current) updateMarkdown(element.current, text)
  }, [text])
  return <div className="markdown" ref={element} />
}

function Reasoning({ part }: { part: ReasoningPart }) {
  const { strings } = useLanguage()
  return (
    <details className="reasoning">
      <summary>{strings.reasoning}</summary>
      <p className="plain-text">{visibleText(part.text)}</p>
    </details>
  )
}

function PartLink({ url, name }: { url: string | undefined; name: string }) {
  const href = url === undefined ? undefined : safeFileUrl(url, location.href)
  if (href === undefined) return <span className="file">{visibleText(name)}</span>
  return (
    <a className="file" href={href} target="_blank" rel="noopener noreferrer">
      {visibleText(name)}
    </a>
  )
}
