import { AnswerError, ApiError, NetworkError, TimeoutError } from './errors.ts'

/** When and how soon a request is retried. Reads and writes with an Idempotency-Key are; other writes never. */
export interface RetryPolicy {
  /** Most attempts, the first included; 1 never retries. */
  readonly attempts: number
  /** Wait before the second attempt, in ms. It doubles each time; half of it is random. */
  readonly baseMs: number
  /** Longest such wait, in ms. Retry-After of the server is respected even when it is longer. */
  readonly maxMs: number
  /** HTTP statuses that are retried. */
  readonly statuses: readonly number[]
  /** `code` (number) or `sub_code` (text) of envelopes that are retried. */
  readonly codes: readonly (number | string)[]
}

export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 5,
  baseMs: 300,
  maxMs: 20_000,
  statuses: [408, 429, 500, 502, 503, 504],
  codes: [42900, 'A0501', 50000, 50300],
}

/** Longest Retry-After that is respected; a longer one fails the call. */
const LONGEST_RETRY_AFTER_MS = 600_000

/** How long to wait before the next attempt, in ms; undefined when there is none. */
export function waitBefore(
  policy: RetryPolicy,
  attempt: number,
  error: unknown,
  retryAfterMs: number | undefined,
): number | undefined {
  if (attempt >= policy.attempts || !isPassing(policy, error)) return undefined
  if (retryAfterMs !== undefined && retryAfterMs > LONGEST_RETRY_AFTER_MS) return undefined
  const step = Math.min(policy.baseMs * 2 ** (attempt - 1), policy.maxMs)
  return Math.max(step * (0.5 + Math.random() / 2), retryAfterMs ?? 0)
}

function isPassing({ statuses, codes }: RetryPolicy, error: unknown): boolean {
  if (error instanceof NetworkError || error instanceof TimeoutError) return true
  if (error instanceof AnswerError) return error.status === 200 || statuses.includes(error.status)
  if (!(error instanceof ApiError)) return false
  return statuses.includes(error.status) || codes.includes(error.code) || codes.includes(error.sub_code)
}

/** Waits; rejects with the signal's reason when it is aborted. */
export function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout>
  const slept = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  // A timer left running would keep the program alive.
  return untilAborted(slept, signal).finally(() => clearTimeout(timer))
}

/** Settles as the promise does, or rejects with the signal's reason when it is aborted first. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop)
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
