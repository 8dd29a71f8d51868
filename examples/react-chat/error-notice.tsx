import type { ReactNode } from 'react'
import { type AppError, translateError } from 'reconvene'
import { useLanguage } from './language.js'

interface ErrorNoticeProps {
  readonly error: AppError
  /** Buttons. */
  readonly children?: ReactNode
}

/**
 * The error's text in the reader's language, translated where it is shown, so that switching the language switches the
 * text too.
 */
export function ErrorNotice({ error, children }: ErrorNoticeProps) {
  const { language, strings } = useLanguage()
  const { userMessage, correlationId } = translateError(error, { locale: language })
  return (
    <div className="notice" data-tone="bad" role="alert">
      <p>{userMessage}</p>
      {correlationId !== undefined && (
        <p className="notice-detail">
          {strings.reference} <code>{correlationId}</code>
        </p>
      )}
      {children && <div className="notice-buttons">{children}</div>}
    </div>
  )
}
