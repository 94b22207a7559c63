/**
 * - `refused`: it will not work until somebody changes something
 * - `busy`: another process holds the target
 * - `unavailable`: a database or server cannot be reached or used
 */
export type SyncErrorKind = 'refused' | 'busy' | 'unavailable'

/** Why follow-ups cannot be moved: a text in Chinese and English that names the way out and never holds a secret. */
export class SyncError extends Error {
  readonly kind: SyncErrorKind

  constructor(kind: SyncErrorKind, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'SyncError'
    this.kind = kind
  }
}

export function refused(message: string, cause?: unknown): SyncError {
  return new SyncError('refused', message, cause)
}
