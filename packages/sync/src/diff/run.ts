import { compareAnswers, envelopeOf, isAccepted, type RawAnswer } from './compare.ts'
import type { Difference } from './exact-differences.ts'
import { isPage } from './pages.ts'
import type { DiffRequest } from './request.ts'
import type { Side } from './side.ts'

export type Sides = readonly [Side, Side]

/** How often both are asked again about a difference. */
const AGAIN = 2

/** What came of one request. */
export interface Compared {
  readonly differences: readonly Difference[]
  /** Neither side answered with data. */
  readonly isRefused: boolean
  /** There were records to compare. */
  readonly hasRecords: boolean
}

/** Asks both at once. */
export async function askBoth([a, b]: Sides, request: DiffRequest): Promise<[RawAnswer, RawAnswer]> {
  return Promise.all([a.ask(request), b.ask(request)])
}

/**
 * Where the answers of both sides differ. What was written in between is no difference: each side is asked again by itself,
 * and only what remains is told.
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

/** Undefined when it was refused. */
function dataOf(answer: RawAnswer): unknown {
  const envelope = envelopeOf(answer)
  return envelope && isAccepted(envelope) ? envelope.data : undefined
}

/** Whether a server does not have what was asked for: the address or the method is unknown to it, or something else answers. */
export function isMissing(answer: RawAnswer): boolean {
  if ([404, 405, 501].includes(answer.status)) return true
  return answer.status < 500 && envelopeOf(answer) === undefined
}

/** Works on `lanes` of them at once; gives the results in the order of the items. */
export async function* inOrder<T, R>(
  items: Iterable<T>,
  lanes: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<readonly [T, R]> {
  const waiting: (readonly [T, Promise<R>])[] = []
  for (const item of items) {
    const result = work(item)
    // Whoever waits for it is told.
    result.catch(() => {})
    waiting.push([item, result])
    if (waiting.length < lanes) continue
    const [first, done] = waiting.shift() as readonly [T, Promise<R>]
    yield [first, await done]
  }
  for (const [item, done] of waiting) yield [item, await done]
}
