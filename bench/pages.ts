import { isDeepStrictEqual } from 'node:util'
import type { BenchData } from './data.ts'
import { commonFilters, type Filter } from './filters.ts'
import type { Expected } from './reference.ts'

/** The header that tells the bare server which answer to give; both servers are sent the same bytes. */
export const FILTER_HEADER = 'x-bench-filter'

/** A request to measure and the answer that it must get. */
export interface PageCase {
  readonly name: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly answer: Buffer
  readonly total: number
}

/** Asks for the page of each filter once. Throws unless it is, record by record, what the data says. */
export async function recordPages(url: string, data: BenchData): Promise<PageCase[]> {
  const path = `/openapi/crm/follow/list?access_token=${await fetchToken(url, data)}`
  const cases: PageCase[] = []
  for (const filter of commonFilters(data.reference)) {
    cases.push(await recordPage(url, path, filter, data.reference.answer(filter.body)))
  }
  return cases
}

async function fetchToken(url: string, { appid, appSecret }: BenchData): Promise<string> {
  const query = new URLSearchParams({ appid, app_secret: appSecret })
  const response = await fetch(`${url}/openapi/access_token?${query}`)
  const { code, msg, data } = (await response.json()) as {
    code: number
    msg: string
    data: { access_token: string }
  }
  if (code !== 0) throw new Error(`no access_token: ${msg}`)
  return data.access_token
}

async function recordPage(url: string, path: string, filter: Filter, expected: Expected): Promise<PageCase> {
  const { name } = filter
  const body = JSON.stringify(filter.body)
  const headers = { 'content-type': 'application/json', [FILTER_HEADER]: name }
  const response = await fetch(url + path, { method: 'POST', headers, body })
  const answer = Buffer.from(await response.arrayBuffer())
  if (response.status !== 200) throw new Error(`${name}: HTTP ${response.status}: ${answer}`)
  checkPage(name, answer, expected)
  return { name, path, headers, body, answer, total: expected.total }
}

function checkPage(name: string, answer: Buffer, expected: Expected): void {
  const { code, msg, data } = JSON.parse(answer.toString(), exactInteger) as Answer
  if (code !== 0n) throw new Error(`${name}: code ${code}: ${msg}`)
  const total = Number(data.total)
  if (total !== expected.total) throw new Error(`${name}: total ${total}, the data has ${expected.total}`)
  const ids = data.records.map(({ id }) => id)
  if (!isDeepStrictEqual(ids, expected.ids)) {
    throw new Error(`${name}: records ${ids.join(' ')}, the data has ${expected.ids.join(' ')}`)
  }
}

interface Answer {
  readonly code: bigint
  readonly msg: string
  readonly data: { readonly total: bigint; readonly records: readonly { readonly id: bigint }[] }
}

/** Integers as bigint: ids have up to 19 digits. */
function exactInteger(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source
  return source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value
}
