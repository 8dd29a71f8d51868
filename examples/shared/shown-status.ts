import type { ConnectionState } from 'reconvene'

type Status = ConnectionState['status']

/**
 * The connection's status as the pages show it: once lost it is being made again, whether an attempt is waited for or
 * runs. Two words in turn would make the header flicker, and a screen reader read out each attempt.
 */
export const shownStatus = (status: Status, shownBefore: Status | undefined): Status =>
  status === 'connecting' && shownBefore === 'waiting' ? 'waiting' : status
