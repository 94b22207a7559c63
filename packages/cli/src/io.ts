import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import type { Environment } from 'genjin-server'

/** Everything that a command touches outside itself. */
export interface Io {
  readonly stdin: Readable
  readonly stdout: Writable & { readonly isTTY?: boolean }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  readonly env: NodeJS.ProcessEnv
  readonly environment: Environment
  /** Aborted by Ctrl-C or SIGTERM, with an `Interruption`. */
  readonly signal: AbortSignal
}

/** Why a command is aborted: a signal to the process. */
export class Interruption extends Error {
  override name = 'AbortError'
  /** What shells make of it: 130 for SIGINT, 143 for SIGTERM. */
  readonly code: number

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(signal)
    this.code = 128 + constants.signals[signal]
  }
}

/** The exit code of a command that was aborted. */
export function exitCodeOf({ reason }: AbortSignal): number {
  return reason instanceof Interruption ? reason.code : 1
}

/** Resolves when the stream has taken the text. */
export function write(stream: Writable, text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()))
  })
}
