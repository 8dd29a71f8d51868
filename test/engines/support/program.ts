import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'

/** Starts a program of this machine. @throws Error if there is none, with the way to get one. */
export async function startProgram(
  name: string,
  args: readonly string[],
  { debianPackage, ...options }: SpawnOptions & { readonly debianPackage: string },
): Promise<ChildProcess> {
  const child = spawn(name, args, options)
  try {
    await once(child, 'spawn')
  } catch (cause) {
    throw new Error(`unable to start ${name}; Debian: apt install ${debianPackage}`, { cause })
  }
  return child
}

/** Ends a program. @returns when it has ended. */
export async function endProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill()
  await ended
}

/** @returns what the pattern's first group matches in the output. @throws Error if the output ends before that. */
export async function readUntil(output: Readable, pattern: RegExp): Promise<string> {
  let text = ''
  for await (const chunk of output.iterator({ destroyOnReturn: false })) {
    text += chunk
    const found = pattern.exec(text)?.[1]
    if (found === undefined) continue
    // A pipe that nobody empties would stop the program once it is full.
    output.resume()
    return found
  }
  throw new Error(`unable to go on; the program said only: ${text}`)
}
