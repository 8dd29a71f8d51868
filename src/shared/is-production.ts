// Bundlers put the mode of the build in place of `process.env.NODE_ENV`.
declare const process: { readonly env: { readonly NODE_ENV?: string } }

/** Whether the program runs for its users, not for its developer. */
export function isProduction(): boolean {
  try {
    return process.env.NODE_ENV === 'production'
  } catch {
    // A page without a bundler has no `process`, and shows what it is to its visitors.
    return true
  }
}
