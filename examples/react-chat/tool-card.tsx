import { useId } from 'react'
import type { ToolPart } from 'reconvene'
import type { MessageActions } from '../shared/message-actions.js'
import { formatValue } from '../shared/message-view.js'
import { visibleText } from '../shared/visible-text.js'
import { useLanguage } from './language.js'

interface ToolCardProps {
  readonly part: ToolPart
  readonly busy: boolean
  readonly actions: MessageActions
}

export function ToolCard({ part, busy, actions }: ToolCardProps) {
  const { strings } = useLanguage()
  const titleId = useId()
  return (
    <section className="tool" data-state={part.state} aria-labelledby={titleId}>
      <header>
        <h4 id={titleId}>{visibleText(part.name)}</h4>
        <span className="tool-state">{strings.tool[part.state]}</span>
      </header>
      <Value label={strings.toolInput} value={part.input ?? part.inputText} />
      <Value label={strings.toolOutput} value={part.output} />
      {part.reason !== undefined && <p>{visibleText(part.reason)}</p>}
      {part.error !== undefined && <p className="tool-error">{visibleText(part.error)}</p>}
      {part.state === 'approval' && (
        <div className="tool-buttons">
          <button
            type="button"
            className="primary"
            onClick={() => actions.respondToApproval(part.toolCallId, true)}
          >
            {strings.approve}
          </button>
          <button type="button" onClick={() => actions.respondToApproval(part.toolCallId, false)}>
            {strings.decline}
          </button>
        </div>
      )}
      {part.state === 'input' && !busy && (
        <AnswerForm onAnswer={(output) => actions.answerTool(part.toolCallId, output)} />
      )}
    </section>
  )
}

function Value({ label, value }: { label: string; value: unknown }) {
  if (value === undefined) return null
  return (
    <div className="tool-value">
      <span>{label}</span>
      <pre>{formatValue(value)}</pre>
    </div>
  )
}

function AnswerForm({ onAnswer }: { onAnswer: (output: string) => void }) {
  const { strings } = useLanguage()
  return (
    <form
      className="tool-buttons"
      action={(data) => {
        const answer = data.get('answer')
        if (typeof answer === 'string' && answer.trim() !== '') onAnswer(answer)
      }}
    >
      <input name="answer" aria-label={strings.toolAnswer} autoComplete="off" />
      <button type="submit" className="primary">
        {strings.sendAnswer}
      </button>
    </form>
  )
}
