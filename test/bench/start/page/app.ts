export interface Place {
  readonly url: string
  readonly user: string
  readonly conversationId: string
}

/** Mounts a page's app. */
export type Start = (container: HTMLElement, place: Place) => void
