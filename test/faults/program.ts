/** A chat program under test: it talks to a server over a network that fails, and tells a person what became of it. */
export interface Program {
  send(text: string): SentMessage
  /** The conversation as the person sees it. */
  screen(): readonly ShownMessage[]
  /** Calls back after changes of the screen. @returns the undo. */
  subscribe(listener: () => void): () => void
  /** Whether the person was told that messages which were there are gone. */
  hasToldOfLoss(): boolean
  /** Requests to the server so far, repeats included. */
  requests(): number
  close(): void | Promise<void>
}

export interface SentMessage {
  /** Resolves when the program says that the server has the message; rejects when it says that it failed. */
  readonly stored: Promise<unknown>
  /** Resolves with the answer, where the program gives such a promise. */
  readonly answered?: Promise<unknown>
}

export interface ShownMessage {
  readonly role: string
  readonly text: string
  /** Whether it is shown as one that the server does not have. */
  readonly hasFailed: boolean
}

export interface ProgramOptions {
  readonly url: string
  readonly user: string
  readonly conversationId: string
  /** Milliseconds to wait for an acknowledgement. */
  readonly ackTimeout: number
}

export interface Contender {
  readonly name: string
  readonly start: (options: ProgramOptions) => Program
}
