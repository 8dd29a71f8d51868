import { useEffect, useState } from 'react'
import { formatCountdown } from '../shared/time.js'
import { useLanguage } from './language.js'

/** Counts down to `at`. Hidden from screen readers, which would read out every tick; the page announces the wait once. */
export function Countdown({ at }: { at: number }) {
  const { strings } = useLanguage()
  const [now, setNow] = useState(Date.now)

  useEffect(() => {
    setNow(Date.now())
    const timer = setInterval(() => {
      setNow(Date.now())
      if (Date.now() >= at) clearInterval(timer)
    }, 100)
    return () => clearInterval(timer)
  }, [at])

  return (
    <span className="countdown" aria-hidden="true">
      {formatCountdown(at, now, strings)}
    </span>
  )
}
