import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findChromium, findShellOrChromium } from '../support/chromium.js'

const path = ['/opt/bin', '/usr/bin'].join(delimiter)

const machine = (
  env: Record<string, string>,
  executables: string[],
  platform: NodeJS.Platform = 'linux',
) => ({
  env,
  platform,
  isExecutable: (file: string) => executables.includes(file),
})

describe('the browser for tests and pictures', () => {
  it('is the one that CHROME_PATH names', () => {
    const found = findChromium(
      machine({ CHROME_PATH: '/my/chrome', PATH: path }, ['/my/chrome', '/usr/bin/chromium']),
    )
    expect(found).toBe('/my/chrome')
  })

  it('is never another than the one that CHROME_PATH names', () => {
    expect(() =>
      findChromium(machine({ CHROME_PATH: '/my/chrome', PATH: path }, ['/usr/bin/chromium'])),
    ).toThrow('unable to find a browser; CHROME_PATH does not name an executable file')
  })

  it('is Chromium on the PATH before Chrome', () => {
    const executables = [join('/opt/bin', 'google-chrome'), join('/usr/bin', 'chromium')]
    expect(findChromium(machine({ PATH: path }, executables))).toBe(join('/usr/bin', 'chromium'))
  })

  it('is found where macOS keeps it', () => {
    const place = '/Applications/Chromium.app/Contents/MacOS/Chromium'
    expect(findChromium(machine({ PATH: path }, [place], 'darwin'))).toBe(place)
  })

  it('is asked for in one line where there is none', () => {
    expect(() => findChromium(machine({ PATH: path }, []))).toThrow(
      /^unable to find a browser; install Chromium .* or set CHROME_PATH$/,
    )
  })
})

describe('the browser for the pages of most tests', () => {
  const chromium = join('/opt/bin', 'chromium')
  const shell = join('/usr/bin', 'chromium-headless-shell')

  it('is the headless shell before Chromium', () => {
    expect(findShellOrChromium(machine({ PATH: path }, [chromium, shell]))).toBe(shell)
  })

  it('is Chromium where there is no headless shell', () => {
    expect(findShellOrChromium(machine({ PATH: path }, [chromium]))).toBe(chromium)
  })

  it('is the one that CHROME_PATH names, before the headless shell', () => {
    const found = findShellOrChromium(
      machine({ CHROME_PATH: '/my/chrome', PATH: path }, ['/my/chrome', shell]),
    )
    expect(found).toBe('/my/chrome')
  })

  it('does not show a picture or measure a page', () => {
    expect(findChromium(machine({ PATH: path }, [chromium, shell]))).toBe(chromium)
  })
})
