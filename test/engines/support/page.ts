import { expect } from 'vitest'
import { isStored } from '../../support/is-stored.js'
import { loseDatabase } from '../../support/lose-database.js'
import { enter, type Tab } from './engine.js'
import type {} from './sign-out.js'

/** How long a page may take for a step, in milliseconds. */
const patience = 60_000

/** A demo page in any browser: what it shows, read as a person would. */
export class EnginePage {
  readonly tab: Tab

  constructor(tab: Tab) {
    this.tab = tab
  }

  /** All messages: who, what, and how it stands. */
  transcript(): Promise<string[]> {
    return this.tab.run(() =>
      [...document.querySelectorAll<HTMLElement>('[role="log"] .message')].map((message) => {
        const text = message.querySelector<HTMLElement>('.bubble')?.innerText.trim()
        return `${message.dataset.role}: ${text} (${message.dataset.status})`
      }),
    )
  }

  /** How the connection stands. */
  connection(): Promise<string | undefined> {
    return this.tab.run(() => document.querySelector<HTMLElement>('.connection')?.dataset.state)
  }

  async connected(): Promise<void> {
    await expect.poll(() => this.connection(), { timeout: patience }).toBe('connected')
  }

  async disconnected(): Promise<void> {
    await expect.poll(() => this.connection(), { timeout: patience }).not.toBe('connected')
  }

  async shows(transcript: readonly string[]): Promise<void> {
    await expect.poll(() => this.transcript(), { timeout: patience }).toEqual(transcript)
  }

  /** Types a message and sends it with Enter. */
  async send(text: string): Promise<void> {
    await this.tab.run(() => document.querySelector<HTMLElement>('.composer textarea')?.focus())
    await this.tab.type(text)
    await expect.poll(() => this.#typed(), { timeout: patience }).toBe(text)
    await this.tab.type(enter)
    await expect.poll(() => this.#typed(), { timeout: patience }).toBe('')
  }

  #typed(): Promise<string | undefined> {
    return this.tab.run(() => document.querySelector<HTMLTextAreaElement>('.composer textarea')?.value)
  }

  /** Writes down what the first answer says in turn, from now on. */
  async recordAnswer(): Promise<() => Promise<string[]>> {
    await this.tab.run(() => {
      const texts: string[] = []
      Object.assign(window, { recordedTexts: texts })
      new MutationObserver(() => {
        const answer = document.querySelector<HTMLElement>('.message[data-role="assistant"] .markdown')
        const text = answer?.innerText.trim()
        if (text && text !== texts.at(-1)) texts.push(text)
      }).observe(document, { subtree: true, childList: true, characterData: true })
    })
    return () => this.tab.run(() => (window as unknown as { recordedTexts: string[] }).recordedTexts)
  }

  /** Resolves once a page that is loaded anew would find the message. */
  async stored(text: string): Promise<void> {
    await expect.poll(() => this.tab.run(isStored, text), { timeout: patience }).toBe(true)
  }

  /** As a browser does that closes the database without an event. */
  async loseDatabase(): Promise<void> {
    await this.tab.run(loseDatabase)
  }

  /** Signs this page's person out, as an app does that has a button for it. */
  async signOut(): Promise<void> {
    await this.tab.run(async () => {
      await new Promise((resolve, reject) => {
        const script = document.createElement('script')
        Object.assign(script, { type: 'module', src: '/sign-out.js', onload: resolve, onerror: reject })
        document.head.append(script)
      })
      await window.signOut?.()
    })
  }

  /** What the page says aloud about an error. */
  async alerts(): Promise<string> {
    return this.tab.run(() =>
      [...document.querySelectorAll<HTMLElement>('[role="alert"]')]
        .map((alert) => alert.innerText)
        .join('\n'),
    )
  }

  async alertsOf(text: string): Promise<void> {
    await expect.poll(() => this.alerts(), { timeout: patience }).toContain(text)
  }
}
