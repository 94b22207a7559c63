import { type Differing, findingsOf, Summary } from './findings.ts'
import type { Missing, Outcome } from './report.ts'
import { type DiffRequest, LISTS, type ListName } from './request.ts'
import { fixedRequests, randomRequests } from './requests.ts'
import { askBoth, compareAt, inOrder, isMissing, type Sides } from './run.ts'
import { readSample, type Sample, type Samples } from './samples.ts'

/** Requests in flight at once, to each side. */
const LANES = 4

export interface DiffSettings {
  /** Random requests to send. */
  readonly requests: number
  /** 0 to 4294967295. */
  readonly seed: number
  /** Differences to report in full; all are counted. */
  readonly show: number
  readonly onMissing: (missing: Missing) => Promise<void>
  readonly onDifference: (differing: Differing) => Promise<void>
  readonly onProgress: (done: number, total: number) => void
}

/** Sends the same requests to both sides and compares what they return. Throws SyncError when a side does not respond. */
export async function runDiff(sides: Sides, settings: DiffSettings): Promise<Outcome> {
  const { seed, show, onProgress } = settings
  await Promise.all(sides.map((side) => side.greet()))
  const { lists, missing, samples } = await look(sides)
  for (const entry of missing) await settings.onMissing(entry)
  const fixed = fixedRequests(lists)
  const random = lists.length > 0 ? settings.requests : 0
  function* requests(): Generator<DiffRequest> {
    yield* fixed
    yield* randomRequests(seed, random, lists, samples)
  }
  const summary = new Summary()
  const differences: Differing[] = []
  for await (const [request, compared] of inOrder(requests(), LANES, (one) => compareAt(sides, one))) {
    const findings = findingsOf(compared.differences, (text) =>
      sides.reduce((rest, side) => side.redact(rest), text),
    )
    summary.add(request, compared, findings)
    onProgress(summary.requests, fixed.length + random)
    if (findings.length === 0 || differences.length >= show) continue
    const differing = { number: summary.requests, request, findings }
    differences.push(differing)
    await settings.onDifference(differing)
  }
  return { seed, summary, missing, differences }
}

/** Which lists both sides have, and some of their records. */
async function look(sides: Sides) {
  const found = await Promise.all(LISTS.map((operation) => lookAt(sides, operation)))
  const present = found.flatMap(({ operation, sample }) => (sample ? [[operation, sample] as const] : []))
  return {
    lists: present.map(([operation]) => operation),
    missing: found.flatMap(({ operation, side }) => (side ? [{ operation, side }] : [])),
    samples: Object.fromEntries(present) as Samples,
  }
}

async function lookAt(
  sides: Sides,
  operation: ListName,
): Promise<{ operation: ListName; side?: Missing['side']; sample?: Sample }> {
  const [a, b] = (await askBoth(sides, { operation, params: {} })).map(isMissing)
  if (a || b) return { operation, side: a && b ? 'both' : a ? 'a' : 'b' }
  return { operation, sample: await readSample(sides, operation) }
}
