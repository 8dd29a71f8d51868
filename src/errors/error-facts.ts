import type { AppErrorOptions } from './app-error.js'

/** What a recogniser found out about a thrown value; the rest follows from the code. */
export type ErrorFacts = Partial<Omit<AppErrorOptions, 'message' | 'cause'>>
