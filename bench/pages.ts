import { isDeepStrictEqual } from 'node:util'
import { Client, postBytes } from './client.ts'
import type { BenchData } from './data.ts'
import type { Ask } from './load.ts'
import type { Expected, ListBody, Reference } from './reference.ts'
import type { Server } from './sandbox.ts'

/** The header by which the bare server chooses its response; both servers are sent the same bytes. */
export const FILTER_HEADER = 'x-bench-filter'

/** One of so many answers is compared id by id where comparing all would take the load's time. */
const SAMPLE = 50

/** Asks for pages of the company's list. */
export interface Pages {
  readonly server: Server
  readonly reference: Reference
  /** Path with the token. */
  pathOf(operation: string): string
  /**
   * A page that is compared with the reference. `name`: the kind of filter, for the bare server. `sampled`: of most answers
   * only the total is compared, unless the run is there for its checks.
   */
  ask(body: ListBody, name?: string, sampled?: boolean): Ask
  /** A page that is asked for once, compared with the reference, and from then on byte by byte with that answer. */
  record(body: ListBody, name: string): Promise<Recorded>
}

export interface Recorded extends Ask {
  readonly answer: Buffer
}

/** @param thorough every answer is compared id by id */
export async function openPages(server: Server, data: BenchData, thorough: boolean): Promise<Pages> {
  const { reference } = data
  const token = await fetchToken(server.url, data)
  const pathOf = (operation: string) => `/openapi/crm/follow/${operation}?access_token=${token}`
  const path = pathOf('list')
  let asked = 0
  const bytesOf = (body: ListBody, name?: string) =>
    postBytes(path, JSON.stringify(body), name === undefined ? {} : { [FILTER_HEADER]: name })
  return {
    server,
    reference,
    pathOf,
    ask: (body, name, sampled = false) => ({
      bytes: bytesOf(body, name),
      check: (answer) => {
        if (thorough || !sampled || asked++ % SAMPLE === 0) checkPage(body, answer, reference.answer(body))
        else checkTotal(body, answer, reference)
      },
    }),
    async record(body, name) {
      using client = await Client.open(server.url)
      const bytes = bytesOf(body, name)
      const answer = Buffer.from(await client.ask(bytes))
      JSON.parse(answer.toString())
      checkPage(body, answer, reference.answer(body))
      return {
        bytes,
        answer,
        check: (again) => {
          if (!again.equals(answer)) throw new Error(`${name}: not the answer that was given before`)
        },
      }
    },
  }
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

const HEAD = /^\{"code":0,"msg":"[^"]*","data":\{"total":(\d+),"records":\[/
/** A record's own id: inside a text the quotes would be escaped. */
const ID = /"id":(\d+),"follow_user_id":/g

/** The total that an answer says. */
export function totalIn(answer: Buffer): number {
  const total = HEAD.exec(answer.toString('utf8', 0, 200))?.[1]
  if (total === undefined) throw new Error(`not a page: ${answer.toString('utf8', 0, 500)}`)
  return Number(total)
}

/** The ids of an answer's records, in order. */
export function idsIn(answer: Buffer): bigint[] {
  return [...answer.toString('latin1').matchAll(ID)].map(([, id]) => BigInt(id as string))
}

function checkTotal(
  { current_index, page_size, ...filter }: ListBody,
  answer: Buffer,
  known: Reference,
): void {
  const [total, expected] = [totalIn(answer), known.totalOf(filter)]
  if (total !== expected)
    throw new Error(`${JSON.stringify(filter)}: total ${total}, the data has ${expected}`)
}

export function checkPage(body: ListBody, answer: Buffer, expected: Expected): void {
  const total = totalIn(answer)
  const asked = JSON.stringify(body)
  if (total !== expected.total) throw new Error(`${asked}: total ${total}, the data has ${expected.total}`)
  const ids = idsIn(answer)
  if (!isDeepStrictEqual(ids, expected.ids)) {
    throw new Error(`${asked}: records ${ids.join(' ')}, the data has ${expected.ids.join(' ')}`)
  }
}
