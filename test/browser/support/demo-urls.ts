import type { Demo } from '../../../examples/demo.js'

export type DemoUrls = Pick<Demo, 'reactUrl' | 'vanillaUrl' | 'serverUrl'>

/** Both pages do the same, so each test runs on both. */
export const demoPages = [
  { name: 'React', url: 'reactUrl' },
  { name: 'plain', url: 'vanillaUrl' },
] as const satisfies readonly { name: string; url: keyof DemoUrls }[]

export type DemoPage = (typeof demoPages)[number]
