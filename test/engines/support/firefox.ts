import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BidiConnection } from './bidi-connection.js'
import { callOf, type Engine, keyActions, type Tab } from './engine.js'
import { endProgram, readUntil, startProgram } from './program.js'

/** What Firefox would say to others by itself. */
const silent = [
  'app.normandy.enabled',
  'app.update.enabled',
  'browser.safebrowsing.update.enabled',
  'datareporting.policy.dataSubmissionEnabled',
  'extensions.getAddons.cache.enabled',
  'extensions.update.enabled',
  'network.captive-portal-service.enabled',
  'network.connectivity-service.enabled',
  'services.settings.enabled',
]

/** Starts Firefox with a profile of its own, driven by WebDriver BiDi. */
export async function startFirefox(): Promise<Engine> {
  const profile = await mkdtemp(join(tmpdir(), 'reconvene-firefox-'))
  await writeFile(
    join(profile, 'user.js'),
    silent.map((name) => `user_pref(${JSON.stringify(name)}, false)\n`).join(''),
  )
  const args = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0']
  const child = await startProgram('firefox-esr', args, {
    debianPackage: 'firefox-esr',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const close = async () => {
    await endProgram(child)
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    if (!child.stderr) throw new Error('unable to start Firefox; it has no output')
    const address = await readUntil(child.stderr, /WebDriver BiDi listening on (ws:\S+)/)
    const connection = await BidiConnection.open(`${address}/session`)
    await connection.send('session.new', { capabilities: {} })
    return { open: (url) => openTab(connection, url), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function openTab(connection: BidiConnection, url: string): Promise<Tab> {
  const { context } = await connection.send('browsingContext.create', { type: 'tab' })
  await connection.send('browsingContext.navigate', { context, url, wait: 'complete' })
  return {
    async run(work, ...args) {
      const { type, result, exceptionDetails } = await connection.send('script.evaluate', {
        expression: callOf(work, args),
        target: { context },
        awaitPromise: true,
      })
      if (type !== 'success') throw new Error(`unable to run it in Firefox; ${exceptionDetails?.text}`)
      return JSON.parse(result.value)
    },
    async type(text) {
      await connection.send('browsingContext.activate', { context })
      await connection.send('input.performActions', { context, actions: keyActions(text) })
    },
    async reload() {
      await connection.send('browsingContext.reload', { context, wait: 'complete' })
    },
    async close() {
      await connection.send('browsingContext.close', { context })
    },
  }
}
