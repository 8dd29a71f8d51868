import type { Demo } from '../../../examples/demo.js'

export type PageUrls = Pick<Demo, 'reactUrl' | 'vanillaUrl'>
export type DemoUrls = PageUrls & Pick<Demo, 'serverUrl'>

/** Both pages do the same, so each test runs on both. */
export const demoPages = [
  { name: 'React', url: 'reactUrl' },
  { name: 'plain', url: 'vanillaUrl' },
] as const satisfies readonly { name: string; url: keyof PageUrls }[]

export type DemoPage = (typeof demoPages)[number]
