import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Listing } from 'genjin-client'
import { gapsOf } from './state.ts'
import { type CutWindow, cutWindows, type ListWindow, readWindow, type Window } from './windows.ts'

interface Item {
  readonly id: string
  readonly follow_time: number
  readonly type: number
}

const SHANGHAI_MS = 8 * 3_600_000
const day = (ms: number) => new Date(ms + SHANGHAI_MS).toISOString().slice(0, 10)

/** A list in memory that knows its company's days; notes how deep it was read, and how often. */
function listOf(items: Item[]) {
  const seen = { deepest: 0, requests: 0 }
  const days = new Map(items.map((item) => [item, day(item.follow_time)]))
  const sorted = () =>
    items.toSorted((one, other) => other.follow_time - one.follow_time || Number(other.id) - Number(one.id))
  let kept = sorted()
  const list: ListWindow<Item> = ({ start = '', end = 'z', type }, size) =>
    new Listing(
      async (index) => {
        seen.requests++
        seen.deepest = Math.max(seen.deepest, (index - 1) * size)
        if (kept.length !== items.length) kept = sorted()
        const found = kept.filter((item) => {
          const of = days.get(item) as string
          return of >= start && of <= end && (type === undefined || item.type === type)
        })
        return { total: found.length, records: found.slice((index - 1) * size, index * size) }
      },
      { start: 1, size, concurrency: 3, signal: undefined },
    )
  return { list, seen }
}

const WHOLE: Window = { start: undefined, end: undefined }

async function readAll(list: ListWindow<Item>, whole = WHOLE) {
  const windows: CutWindow[][] = []
  const read: Item[] = []
  for await (const cuts of cutWindows(list, whole, true)) {
    windows.push(cuts)
    for (const cut of cuts) for await (const records of readWindow(list, cut)) read.push(...records)
  }
  return { windows, read }
}

const DAY_MS = 86_400_000
const items = (times: readonly number[], type = (index: number) => [1, 3, 4][index % 3] as number) =>
  times.map((time, index) => ({ id: String(index + 1), follow_time: time, type: type(index) }))

test('every record is in exactly one window, windows leave no gap, whatever the days', async () => {
  // Many on few days, few on many, all at one instant, centuries apart.
  const bursts = fc.array(
    fc.record({
      start: fc.integer({ min: 0, max: 4_000_000_000_000 }),
      count: fc.integer({ min: 1, max: 4000 }),
      stepMs: fc.constantFrom(0, 1000, 60_000, 3_600_000, DAY_MS, 40 * DAY_MS),
    }),
    { minLength: 1, maxLength: 4 },
  )
  await fc.assert(
    fc.asyncProperty(bursts, async (all) => {
      const times = all.flatMap(({ start, count, stepMs }) =>
        Array.from({ length: count }, (_, index) => Math.min(start + index * stepMs, 253402300799999)),
      )
      const { list, seen } = listOf(items(times))
      const { windows, read } = await readAll(list)
      assert.equal(read.length, times.length)
      assert.equal(new Set(read.map(({ id }) => id)).size, times.length)
      const done = windows.flat().map((window) => ({ ...window, count: 0 }))
      assert.deepEqual(gapsOf(done), [])
      for (const { total, type } of windows.flat()) assert.ok(total <= 1000 || type !== undefined)
      assert.ok(seen.requests < times.length / 50 + 60 * all.length + 60, `${seen.requests} requests`)
    }),
    { numRuns: 40 },
  )
})

test('a small list is one window; days from and to are kept to', async () => {
  const start = Date.UTC(2025, 0, 1)
  const { list, seen } = listOf(items(Array.from({ length: 900 }, (_, index) => start + index * 3_600_000)))
  const { windows } = await readAll(list)
  assert.deepEqual(windows, [[{ ...WHOLE, total: 900 }]])
  assert.equal(seen.requests, 10)
  const bounded = await readAll(list, { start: '2025-01-10', end: '2025-01-11' })
  assert.equal(bounded.read.length, 48)
})

test('a day with too many is cut by target type, and read deep when that does not help', async () => {
  const noon = Date.UTC(2025, 0, 15, 4)
  const { list, seen } = listOf(items(Array.from({ length: 5000 }, () => noon)))
  const { windows, read } = await readAll(list)
  assert.equal(read.length, 5000)
  const types = windows.flat().flatMap(({ type }) => type ?? [])
  assert.deepEqual(types, [1, 3, 4])
  assert.ok(seen.deepest < 1700)
  // A type that the contract does not know: the day as a whole.
  const times = Array.from({ length: 3000 }, () => noon)
  const odd = listOf(items(times, () => 77))
  assert.equal((await readAll(odd.list)).read.length, 3000)
})

test('a window whose total changes while it is read is read again', async () => {
  const noon = Date.UTC(2025, 0, 15, 4)
  const all = items(Array.from({ length: 500 }, (_, index) => noon + index))
  const { list } = listOf(all)
  const reading = readWindow(
    (window, size) => {
      const listing = list(window, size)
      // One goes from the first page just before the second is read: the others move up.
      if (all.length === 500) queueMicrotask(() => all.splice(490, 1))
      return listing
    },
    { ...WHOLE, total: 500 },
  )
  const read = (await Array.fromAsync(reading)).flat()
  assert.deepEqual(new Set(read.map(({ id }) => id)), new Set(all.map(({ id }) => id)))
})

test('what windows leave out', () => {
  const gaps = (...windows: [start: string | undefined, end: string | undefined][]) =>
    gapsOf(windows.map(([start, end]) => ({ start, end, count: 1 })))
  assert.deepEqual(gaps(), [WHOLE])
  const from10: [string, undefined] = ['2025-01-10', undefined]
  const to9: [undefined, string] = [undefined, '2025-01-09']
  const before2025: [undefined, string] = [undefined, '2024-12-31']
  assert.deepEqual(gaps(from10, to9), [])
  assert.deepEqual(gaps(from10), [{ start: undefined, end: '2025-01-09' }])
  const after9 = gaps(['2025-01-01', '2025-01-09'], before2025)
  assert.deepEqual(after9, [{ start: '2025-01-10', end: undefined }])
  const between = gaps(from10, ['2025-01-01', '2025-01-05'], before2025)
  assert.deepEqual(between, [{ start: '2025-01-06', end: '2025-01-09' }])
  assert.deepEqual(gaps(from10, from10, to9), [])
})
