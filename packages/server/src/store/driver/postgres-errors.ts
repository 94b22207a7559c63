import { StoreError, type StoreErrorKind } from '../../errors.ts'

/** SQLSTATE → kind; a class (two characters) stands for all of its codes. */
const KINDS: Readonly<Record<string, StoreErrorKind>> = {
  '23505': 'unique',
  // lock_not_available, query_canceled (a timeout), serialization_failure, deadlock_detected
  '55P03': 'busy',
  '57014': 'busy',
  '40001': 'busy',
  '40P01': 'busy',
  // Read-only: the server has become a standby.
  '25006': 'unavailable',
  // idle_in_transaction_session_timeout: the connection is gone.
  '25P03': 'unavailable',
  // Connections; authorization; no such database; resources; operator intervention; system; corruption.
  '08': 'unavailable',
  '28': 'unavailable',
  '3D': 'unavailable',
  '53': 'unavailable',
  '57': 'unavailable',
  '58': 'unavailable',
  XX: 'unavailable',
}

/** Errors of pg without a code: the connection was lost, or the pool had none. */
const GONE =
  /^(Connection terminated|Client (was closed|has encountered)|timeout (exceeded|expired)|Client connection|The server does not support SSL)/

/** ECONNREFUSED, ECONNRESET, ETIMEDOUT, EPIPE, … (no class of SQLSTATE begins with E), and what TLS refuses. */
const NETWORK = /^(E[A-Z_]{4,}|[A-Z_]*(CERT|SIGNATURE|ISSUER)[A-Z_]*)$/

/** An error of the driver as one of the store; mistakes in SQL stay as they are. */
export function translate(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreError) return error
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const kind = KINDS[code] ?? KINDS[code.slice(0, 2)]
  if (kind === 'unique') return new StoreError('unique', 'a row with this key exists', error)
  if (kind === 'busy') return new StoreError('busy', 'the database is held by another transaction', error)
  const network = NETWORK.test(code) || (error as AggregateError).errors !== undefined
  if (kind === 'unavailable' || network || GONE.test(error.message)) {
    return new StoreError(
      'unavailable',
      `数据库无法使用 / the database cannot be used: ${error.message || code}`,
      error,
    )
  }
  return error
}

/** Whether a statement failed only because one before it in the transaction did. */
export function isAborted(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === '25P02'
}
