import type { ConsoleMessage, Page } from 'playwright-core'

interface WatchOptions {
  readonly breaksConnections: boolean
  readonly report: (problem: string) => void
}

/** Reports what no page may do: throw, write errors or warnings to the console, speak to a host but this machine. */
export function watchPage(page: Page, { breaksConnections, report }: WatchOptions) {
  page.on('pageerror', (error) => report(`uncaught: ${error}`))
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return
    if (breaksConnections && isFailedConnection(message)) return
    report(`${message.type()}: ${message.text()}`)
  })
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url())
    if (protocol !== 'data:' && hostname !== 'localhost' && hostname !== '127.0.0.1')
      report(`request to ${hostname}`)
  })
  page.on('dialog', (dialog) => {
    report(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
}

/** The browser's own report, which no page can prevent. */
const isFailedConnection = (message: ConsoleMessage) =>
  /net::ERR_|^WebSocket connection to /.test(message.text())
