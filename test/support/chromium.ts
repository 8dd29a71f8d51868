import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

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
  const found = candidates(machine).find((path) => isAbsolute(path) && isExecutable(path))
  if (found) return found
  throw new Error(
    'unable to find a browser; install Chromium (Debian: apt install chromium, macOS: brew install --cask chromium) or set CHROME_PATH',
  )
}

function candidates({ env, platform }: Machine): string[] {
  const suffix = platform === 'win32' ? '.exe' : ''
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean)
  const onPath = names.flatMap((name) => folders.map((folder) => join(folder, name + suffix)))
  if (platform === 'darwin')
    return [
      ...onPath,
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
    ]
  if (platform !== 'win32') return onPath
  const programs = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA]
  return [
    ...onPath,
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
export function launchChromium(): Promise<Browser> {
  // Chromium's sandbox refuses to run as root, which is what containers usually are.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({
    executablePath: findChromium(),
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
