import { useLanguage } from './language.js'

export function EmptyState({ onSuggestion }: { onSuggestion: (text: string) => unknown }) {
  const { strings } = useLanguage()
  return (
    <section className="empty">
      <h2>{strings.emptyTitle}</h2>
      <p>{strings.emptyText}</p>
      <ul>
        {strings.suggestions.map((suggestion) => (
          <li key={suggestion}>
            <button type="button" onClick={() => onSuggestion(suggestion)}>
              {suggestion}
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
