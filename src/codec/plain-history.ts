import { AppError } from '../errors/app-error.js'
import type { WireMessage } from '../protocol/events.js'
import { isMessage } from '../protocol/is-message.js'
import { withTimeout } from '../shared/with-timeout.js'
import type { CodecContext } from './codec.js'
import type { PlainHistoryRequest, PlainMapping } from './plain-mapping.js'

/** A page of history as the protocol's answers hold it. */
export interface HistoryPage {
  readonly messages: WireMessage[]
  readonly has_older: boolean
  /** How many messages were not valid. */
  readonly skipped: number
}

/** @throws AppError the error of the mapping, `timeout`, or the reason of `signal`. */
export async function fetchHistory(
  { history }: PlainMapping,
  request: PlainHistoryRequest,
  { clock, acknowledge, translate }: CodecContext,
  signal: AbortSignal,
): Promise<HistoryPage> {
  if (!history) return { messages: [], has_older: false, skipped: 0 }
  try {
    const limit = { ms: acknowledge, clock, signal }
    const { messages, hasOlder = false } = await withTimeout(() => history(request), limit, tooLate)
    const valid = messages.filter(isMessage)
    return { messages: valid, has_older: hasOlder, skipped: messages.length - valid.length }
  } catch (error) {
    throw signal.aborted ? signal.reason : translate(error)
  }
}

const tooLate = () => new AppError({ code: 'timeout', message: 'unable to fetch the history in time' })
