import type { AppErrorOptions } from './app-error.js'

/** A recogniser's findings about a thrown value; the rest follows from the code. */
export type ErrorFacts = Partial<Omit<AppErrorOptions, 'message' | 'cause'>>
