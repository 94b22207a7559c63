import { type Draw, FILTERS } from './filters.ts'
import { Random } from './random.ts'
import type { DiffRequest, ListName, Params } from './request.ts'
import type { Samples } from './samples.ts'
import { invalid, lenient } from './variants.ts'

/** Which list each of ten requests is for. */
const SHARES: readonly ListName[] = [
  ...Array<ListName>(4).fill('followList'),
  ...Array<ListName>(2).fill('followListForSystem'),
  'customerFollowList',
  'customerFollowList',
  'opportunityFollowList',
  'staffList',
]

/** How many filters a request has; 9 stands for all. */
const FILTER_COUNTS = [0, 1, 1, 1, 1, 2, 2, 2, 3, 4, 9]

const PAGE_SIZES = [1, 2, 3, 5, 10, 20, 50, 99, 100]
const BEYOND = [100_000, 2_147_483_647]

/** Sent once: for the form of a token, and each list without a token and with a wrong one. */
export function fixedRequests(lists: readonly ListName[]): DiffRequest[] {
  const probes = lists.flatMap((operation) =>
    (['none', 'unknown'] as const).map((token) => ({ operation, params: {}, token })),
  )
  return [{ operation: 'accessToken', params: {} }, ...probes]
}

/** The same seed and the same data give the same requests. */
export function* randomRequests(
  seed: number,
  count: number,
  lists: readonly ListName[],
  samples: Samples,
): Generator<DiffRequest> {
  const random = new Random(seed)
  const shares = SHARES.filter((name) => lists.includes(name))
  for (let index = 0; index < count; index++) {
    const operation = random.pick(shares)
    yield { operation, params: paramsOf(operation, random, samples) }
  }
}

function paramsOf(operation: ListName, random: Random, samples: Samples): Params {
  const { records = [], total = 0 } = samples[operation] ?? {}
  const record = records.length > 0 ? random.pick(records) : {}
  const filters = filtersOf(operation, { random, record, records, samples })
  const isFiltered = Object.keys(filters).length > 0
  const params = { ...filters, ...pageOf(random, isFiltered ? undefined : total) }
  if (random.chance(0.12)) return invalid(operation, params, random)
  return random.chance(0.25) ? lenient(operation, params, random) : params
}

function filtersOf(operation: ListName, draw: Draw): Params {
  const { random } = draw
  const all = FILTERS[operation]
  const count = random.pick(FILTER_COUNTS)
  const chosen = count > all.length ? all : random.some(all, count)
  return Object.assign({}, ...(count === 0 ? [] : chosen.map((filter) => filter(draw))))
}

/** @param total of the list; undefined when it is filtered */
function pageOf(random: Random, total: number | undefined): Params {
  if (random.chance(0.15)) return {}
  const size = random.chance(0.7) ? random.pick(PAGE_SIZES) : 1 + random.below(100)
  const page = random.pick(total === undefined ? filteredPages(random) : wholePages(random, total, size))
  const index = random.chance(0.1) ? {} : { current_index: page }
  return random.chance(0.1) ? index : { ...index, page_size: size }
}

/** How many pages match is not known, and often it is one. */
function filteredPages(random: Random): number[] {
  return [1, 1, 1, 1, 1, 2, 1 + random.below(6), random.pick(BEYOND)]
}

function wholePages(random: Random, total: number, size: number): number[] {
  const last = Math.max(1, Math.ceil(total / size))
  return [1, 2, last, last, 1 + random.below(last), 1 + random.below(last), last + 1, random.pick(BEYOND)]
}
