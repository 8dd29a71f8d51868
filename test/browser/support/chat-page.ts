import type { Locator, Page } from 'playwright-core'
import { isStored } from '../../support/is-stored.js'

export interface Whereabouts {
  readonly user: string
  readonly conversationId: string
  readonly serverUrl: string
}

/** The demo page as a person sees it: by roles and names, in English unless the test says otherwise. */
export class ChatPage {
  readonly page: Page
  readonly whereabouts: Whereabouts
  readonly box: Locator
  readonly log: Locator
  readonly alert: Locator
  readonly connection: Locator
  /** Why it waits, until when, and the ways out. */
  readonly wait: Locator
  readonly timeline: Locator

  constructor(page: Page, whereabouts: Whereabouts) {
    this.page = page
    this.whereabouts = whereabouts
    this.box = page.getByRole('textbox', { name: /^(Message|消息)$/ })
    this.log = page.getByRole('log')
    this.alert = page.getByRole('alert')
    this.connection = page.locator('.connection')
    this.wait = page.locator('.notice[data-tone="busy"]')
    this.timeline = page.locator('.timeline li')
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }

  /** The nth answer, or the nth message of the person, from 0. */
  answer = (place: number) => this.log.locator('.message[data-role="assistant"]').nth(place)
  own = (place: number) => this.log.locator('.message[data-role="user"]').nth(place)

  connected() {
    return this.page.locator('.connection[data-state="connected"]').waitFor()
  }

  async send(text: string) {
    await this.box.fill(text)
    await this.box.press('Enter')
  }

  /** Resolves once a page that is loaded anew would find the message. */
  async stored(text: string) {
    await this.page.waitForFunction(isStored, text)
  }

  /** Presses the fault's button, and waits until the server has taken it. */
  async cause(label: string) {
    await this.button(label).click()
    await this.timeline
      .filter({ hasText: `Fault prepared: ${label}` })
      .first()
      .waitFor()
  }

  /** Resolves with what the nth answer says once it is over. */
  async wholeAnswer(place: number): Promise<string> {
    await this.log
      .locator('.message[data-role="assistant"]:is([data-status="complete"], [data-status="stopped"])')
      .nth(place)
      .waitFor()
    return this.answerText(place)
  }

  answerText(place: number) {
    return this.answer(place).locator('.bubble').innerText()
  }

  /** All messages as one would read them out: who, what, and how it stands. */
  transcript(): Promise<string[]> {
    return this.log.locator('.message').evaluateAll((messages) =>
      messages.map((message) => {
        const { role, status } = (message as HTMLElement).dataset
        return `${role}: ${message.querySelector<HTMLElement>('.bubble')?.innerText.trim()} (${status})`
      }),
    )
  }

  /** What the elements of `selector` say in turn, from now on; also what stands there for one frame only. */
  async recordTexts(selector: string): Promise<() => Promise<string[]>> {
    const recorder = await this.page.evaluateHandle((watched) => {
      const texts: string[] = []
      const look = () => {
        for (const element of document.querySelectorAll<HTMLElement>(watched)) {
          const text = element.innerText.replace(/\s+/g, ' ').trim()
          if (text !== '' && text !== texts.at(-1)) texts.push(text)
        }
      }
      new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true })
      look()
      return texts
    }, selector)
    return () => recorder.jsonValue()
  }
}
