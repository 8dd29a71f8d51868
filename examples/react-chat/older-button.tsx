import { useState } from 'react'
import { type AppError, translateError } from 'reconvene'
import { ErrorNotice } from './error-notice.js'
import { useLanguage } from './language.js'

export function OlderButton({ onLoadOlder }: { onLoadOlder: () => Promise<void> }) {
  const { strings } = useLanguage()
  const [loading, setLoading] = useState(false)
  const [error, setError] = useState<AppError>()

  const load = async () => {
    setLoading(true)
    setError(undefined)
    try {
      await onLoadOlder()
    } catch (reason) {
      setError(translateError(reason))
    } finally {
      setLoading(false)
    }
  }

  return (
    <>
      <button type="button" className="older" disabled={loading} onClick={load}>
        {loading ? strings.loadingOlder : strings.loadOlder}
      </button>
      {error && <ErrorNotice error={error} />}
    </>
  )
}
