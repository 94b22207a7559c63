import { compareAnswers, dataOf, envelopeOf, type RawAnswer } from './compare.ts'
import type { Difference } from './exact-differences.ts'
import { isPage } from './pages.ts'
import type { DiffRequest } from './request.ts'
import type { Side } from './side.ts'

export type Sides = readonly [Side, Side]

/** How many times each side is asked again about a difference. */
const AGAIN = 2

/** The outcome of one request. */
export interface Compared {
  readonly differences: readonly Difference[]
  /** Both sides refused it. */
  readonly isRefused: boolean
  /** A side returned records to compare. */
  readonly hasRecords: boolean
}

/** Sends a request to both sides at once. */
export async function askBoth([a, b]: Sides, request: DiffRequest): Promise<[RawAnswer, RawAnswer]> {
  return Promise.all([a.ask(request), b.ask(request)])
}

/**
 * Where the responses of both sides differ. Something written in between is not a difference: each side is asked again by
 * itself, and only what remains counts.
 */
export async function compareAt(sides: Sides, request: DiffRequest): Promise<Compared> {
  let [a, b] = await askBoth(sides, request)
  let found = compareAnswers(request, a, b)
  for (let turn = 0; turn < 2 * AGAIN && found.length > 0; turn++) {
    if (turn % 2 === 0) a = await sides[0].ask(request)
    else b = await sides[1].ask(request)
    found = compareAnswers(request, a, b)
  }
  const pages = [a, b].map(dataOf)
  return {
    differences: found,
    isRefused: pages.every((data) => data === undefined),
    hasRecords: pages.some((data) => isPage(data) && data.records.length > 0),
  }
}

/** Whether a server lacks the operation: it does not know the address or the HTTP method, or something else responds there. */
export function isMissing(answer: RawAnswer): boolean {
  if ([404, 405, 501].includes(answer.status)) return true
  return answer.status < 500 && envelopeOf(answer) === undefined
}

/** Works on `lanes` items at a time; yields the results in the order of the items. */
export async function* inOrder<T, R>(
  items: Iterable<T>,
  lanes: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<readonly [T, R]> {
  const waiting: (readonly [T, Promise<R>])[] = []
  for (const item of items) {
    const result = work(item)
    // A rejection is thrown where the result is awaited.
    result.catch(() => {})
    waiting.push([item, result])
    if (waiting.length < lanes) continue
    const [first, done] = waiting.shift() as readonly [T, Promise<R>]
    yield [first, await done]
  }
  for (const [item, done] of waiting) yield [item, await done]
}
