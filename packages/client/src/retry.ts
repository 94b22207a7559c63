import { AnswerError, ApiError, NetworkError, TimeoutError } from './errors.ts'

/** When a request is sent again, and after how long: reads, and writes with an Idempotency-Key. */
export interface RetryPolicy {
  /** How often it is sent at most, the first time included; 1 sends nothing again. */
  readonly attempts: number
  /** Wait before the second attempt, in ms; it doubles each time, and half of it is chance. */
  readonly baseMs: number
  /** Longest such wait, in ms. A wait that the server asked for (Retry-After) is kept in full. */
  readonly maxMs: number
  /** HTTP statuses after which it is sent again. */
  readonly statuses: readonly number[]
  /** `code` (number) or `sub_code` (text) of refusals after which it is sent again. */
  readonly codes: readonly (number | string)[]
}

export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 5,
  baseMs: 300,
  maxMs: 20_000,
  statuses: [408, 429, 500, 502, 503, 504],
  codes: [42900, 'A0501', 50000, 50300],
}

/** Longest wait that is kept because the server asked for it. */
const LONGEST_ASKED_MS = 600_000

/** How long to wait before the request is sent again, in ms, or undefined when it is not to be sent again. */
export function waitBefore(
  policy: RetryPolicy,
  attempt: number,
  error: unknown,
  askedMs: number | undefined,
): number | undefined {
  if (attempt >= policy.attempts || !isPassing(policy, error)) return undefined
  if (askedMs !== undefined && askedMs > LONGEST_ASKED_MS) return undefined
  const step = Math.min(policy.baseMs * 2 ** (attempt - 1), policy.maxMs)
  return Math.max(step * (0.5 + Math.random() / 2), askedMs ?? 0)
}

function isPassing({ statuses, codes }: RetryPolicy, error: unknown): boolean {
  if (error instanceof NetworkError || error instanceof TimeoutError) return true
  if (error instanceof AnswerError) return error.status === 200 || statuses.includes(error.status)
  if (!(error instanceof ApiError)) return false
  return statuses.includes(error.status) || codes.includes(error.code) || codes.includes(error.sub_code)
}

/** Waits; rejects with the signal's reason when it is aborted meanwhile. */
export function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout>
  const slept = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  // A timer that nobody waits for would keep the program alive.
  return untilAborted(slept, signal).finally(() => clearTimeout(timer))
}

/** The promise, or a rejection with the signal's reason when that is aborted first. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop)
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
