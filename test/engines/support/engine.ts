/** A tab of a real browser. */
export interface Tab {
  /** Runs a function in the page, with arguments that JSON can carry. @returns what the function returns, by way of JSON. */
  run<Args extends readonly unknown[], Result>(
    work: (...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>>
  /** Presses the keys of this text one after the other, on what has the focus. */
  type(text: string): Promise<void>
  reload(): Promise<void>
  close(): Promise<void>
}

/** A browser that this machine has. */
export interface Engine {
  open(url: string): Promise<Tab>
  close(): Promise<void>
}

/** How WebDriver writes the key Enter. */
export const enter = '\uE007'

/** The text of a script that calls the function, and gives its result as JSON. */
export const callOf = (work: (...args: never[]) => unknown, args: readonly unknown[]): string =>
  `Promise.resolve((${work})(...${JSON.stringify(args)})).then((result) => JSON.stringify(result ?? null))`

/** The actions of WebDriver and of WebDriver BiDi alike that press the keys of a text. */
export const keyActions = (text: string) => [
  {
    type: 'key',
    id: 'keyboard',
    actions: [...text].flatMap((value) => [
      { type: 'keyDown', value },
      { type: 'keyUp', value },
    ]),
  },
]
