import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

/** Chromium without windows: Debian's package, beside the full browser. */
const shellName = 'chromium-headless-shell'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly isExecutable: (path: string) => boolean
}

const thisMachine: Machine = {
  env: process.env,
  platform: process.platform,
  isExecutable: (path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  },
}

/**
 * The path of a Chromium or Chrome: `CHROME_PATH` first, then the usual names on `PATH`, then the usual places.
 *
 * @throws Error where there is none, with the way to get one; and where `CHROME_PATH` leads to nothing.
 */
export function findChromium(machine: Machine = thisMachine): string {
  const { env, isExecutable } = machine
  if (env.CHROME_PATH) {
    if (isExecutable(env.CHROME_PATH)) return env.CHROME_PATH
    throw new Error('unable to find a browser; CHROME_PATH does not name an executable file')
  }
  const found = candidates(machine).find(isUsable(machine))
  if (found) return found
  throw new Error(
    'unable to find a browser; install Chromium (Debian: apt install chromium, macOS: brew install --cask chromium) or set CHROME_PATH',
  )
}

/**
 * The path of a browser for a page that is neither looked at nor measured: `CHROME_PATH` first, then Chromium's headless shell, with which
 * the browser tests take a seventh less of the processor, then the full browser.
 *
 * @throws Error as `findChromium` does.
 */
export function findShellOrChromium(machine: Machine = thisMachine): string {
  const shell = machine.env.CHROME_PATH ? undefined : onPath(machine, [shellName]).find(isUsable(machine))
  return shell ?? findChromium(machine)
}

const isUsable = (machine: Machine) => (path: string) => isAbsolute(path) && machine.isExecutable(path)

function onPath({ env, platform }: Machine, programs: readonly string[]): string[] {
  const suffix = platform === 'win32' ? '.exe' : ''
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean)
  return programs.flatMap((name) => folders.map((folder) => join(folder, name + suffix)))
}

function candidates(machine: Machine): string[] {
  const { env, platform } = machine
  const named = onPath(machine, names)
  if (platform === 'darwin')
    return [
      ...named,
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
    ]
  if (platform !== 'win32') return named
  const programs = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA]
  return [
    ...named,
    ...programs.flatMap((folder) =>
      folder ? [join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe')] : [],
    ),
  ]
}

/** The features that Playwright switches off, because a second `--disable-features` replaces its list; and two kinds of process. */
const disabledFeatures = [
  ...['AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'HttpsUpgrades'],
  ...['HttpsFirstBalancedModeAutoEnable', 'LensOverlay', 'MediaRouter', 'PaintHolding'],
  ...['ThirdPartyStoragePartitioning', 'AvoidCorsURLLoaderRestartOnRedirect', 'OptimizationHints'],
  ...['NetworkTimeServiceQuerying', 'AimEnabled', 'PreconnectToSearch'],
  // Each window prepares the list of its address bar as a page in a process of its own, which costs as much as a test's page.
  ...['WebUIOmniboxPopup', 'WebUIOmniboxFullPopup', 'WebUIOmniboxAimPopup'],
  // Each window starts a process for a second site, which no test visits.
  'SpareRendererForSitePerProcess',
]

/** A headless browser that speaks to nobody but the page under test. */
export function launchChromium(executablePath = findChromium()): Promise<Browser> {
  // Chromium's sandbox refuses to run as root, which is what containers usually are.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({
    executablePath,
    args: [
      ...sandbox,
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--disable-quic',
      `--disable-features=${disabledFeatures}`,
    ],
  })
}
