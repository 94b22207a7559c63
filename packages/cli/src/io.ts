import type { Readable, Writable } from 'node:stream'
import type { Environment } from 'genjin-server'

/** Everything that a command touches outside itself. */
export interface Io {
  readonly stdin: Readable
  readonly stdout: Writable & { readonly isTTY?: boolean }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  readonly env: NodeJS.ProcessEnv
  readonly environment: Environment
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal
}

/** Resolves when the stream has taken the text. */
export function write(stream: Writable, text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()))
  })
}
