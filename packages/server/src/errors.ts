import type { ErrorName } from 'genjin-contract'

/**
 * The only error that services throw: a row of the contract's error table, a text for the caller (Chinese; names the
 * field, the limit and the way out) and a cause for the log, which the caller never sees.
 */
export class ServiceError extends Error {
  readonly kind: ErrorName
  /** Path of the parameter at fault, if it is one: `page_size`, `records[3].follow_time`. Of two, the one named first (C3). */
  readonly field: string | undefined
  /** When the same request will be accepted, if that is known. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    kind: ErrorName,
    publicMessage: string,
    options: { field?: string; cause?: unknown; retryAfterSeconds?: number } = {},
  ) {
    super(publicMessage, { cause: options.cause })
    this.name = 'ServiceError'
    this.kind = kind
    this.field = options.field
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/** A ServiceError about one field of the request: its message begins with the field. */
export function paramError(kind: ErrorName, field: string, problem: string): ServiceError {
  return new ServiceError(kind, `参数 ${field}${problem}`, { field })
}

/**
 * - `unique`: a row with that key exists
 * - `busy`: another process has held the database for too long
 * - `crowded`: too many of the company's reads wait already, or of all companies'
 * - `gone`: nobody waits for the answer any more
 * - `unavailable`: the database cannot be read or written
 * - `lost`: the file of the database has been removed or replaced
 * - `newer`: a newer version of genjin made the database
 * - `missing`: there is no database of genjin at this address
 * - `unsupported`: this database cannot do what was asked
 */
export type StoreErrorKind =
  | 'unique'
  | 'busy'
  | 'crowded'
  | 'gone'
  | 'unavailable'
  | 'lost'
  | 'newer'
  | 'missing'
  | 'unsupported'

export class StoreError extends Error {
  readonly kind: StoreErrorKind

  constructor(kind: StoreErrorKind, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'StoreError'
    this.kind = kind
  }
}
