import { useLayoutEffect, useRef } from 'react'
import type { ChatPart, FilePart, ReasoningPart } from 'reconvene'
import { updateMarkdown } from '../shared/markdown.js'
import type { MessageActions } from '../shared/message-actions.js'
import { safeFileUrl } from '../shared/message-view.js'
import { useLanguage } from './language.js'
import { ToolCard } from './tool-card.js'

interface MessagePartProps {
  readonly part: ChatPart
  readonly role: string
  readonly busy: boolean
  readonly actions: MessageActions
}

export function MessagePart({ part, role, busy, actions }: MessagePartProps) {
  switch (part.type) {
    case 'text':
      // People's words are shown as they typed them.
      return role === 'user' ? <p className="plain-text">{part.text}</p> : <Markdown text={part.text} />
    case 'reasoning':
      return <Reasoning part={part} />
    case 'tool':
      return <ToolCard part={part} busy={busy} actions={actions} />
    case 'file':
      return <FileLink part={part} />
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
      <p className="plain-text">{part.text}</p>
    </details>
  )
}

function FileLink({ part }: { part: FilePart }) {
  const { strings } = useLanguage()
  const href = safeFileUrl(part.url, location.href)
  const name = part.name ?? strings.file
  if (href === undefined) return <span className="file">{name}</span>
  return (
    <a className="file" href={href} target="_blank" rel="noopener noreferrer">
      {name}
    </a>
  )
}
