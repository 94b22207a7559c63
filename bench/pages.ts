import { isDeepStrictEqual } from 'node:util'
import type { Credentials } from 'genjin-server'
import { Client, postBytes } from './client.ts'
import type { BenchData } from './data.ts'
import type { Ask } from './load.ts'
import { filterOf, type ListBody, type Reference } from './reference.ts'
import type { OlderBody, OlderList } from './reference-older.ts'
import type { Server } from './sandbox.ts'

/** The header by which the bare server chooses its response; both servers are sent the same bytes. */
export const FILTER_HEADER = 'x-bench-filter'

/** One of so many answers is compared id by id where comparing all would take the load's time. */
const SAMPLE = 50

/** A request for a page of one of the four lists. */
export type ListRequest =
  | { readonly list: 'list' | 'listForSystem'; readonly body: ListBody }
  | { readonly list: OlderList; readonly body: OlderBody }

function isOlder(request: ListRequest): request is Extract<ListRequest, { list: OlderList }> {
  return request.list === 'customer/list' || request.list === 'opportunity/list'
}

/** Asks for pages of the company's lists. */
export type Pages = Awaited<ReturnType<typeof openPages>>

export interface Recorded extends Ask {
  readonly answer: Buffer
}

/** @param thorough every answer is compared id by id */
export async function openPages(server: Server, data: BenchData, thorough: boolean) {
  const { reference, app } = data
  const pathOf = await pathsFor(server, app)
  const path = pathOf('list')
  let asked = 0
  const bytesOf = (body: ListBody, name?: string) =>
    postBytes(path, JSON.stringify(body), name === undefined ? {} : { [FILTER_HEADER]: name })
  return {
    reference,
    pathOf,
    /** A page of any list, compared with its reference. */
    askList: (request: ListRequest): Ask => ({
      bytes: postBytes(pathOf(request.list), JSON.stringify(request.body)),
      check: (answer) => checkList(request, answer, data),
    }),
    /**
     * A page that is compared with the reference. `name`: the kind of filter, for the bare server. `sampled`: of most answers
     * only the total is compared, unless the run is there for its checks.
     */
    ask: (body: ListBody, name?: string, sampled = false): Ask => ({
      bytes: bytesOf(body, name),
      check: (answer) => {
        checkTotal(body, answer, reference)
        if (thorough || !sampled || asked++ % SAMPLE === 0) checkIds(body, answer, reference)
      },
    }),
    /** A page that is asked for once, compared with the reference, and from then on byte by byte with that answer. */
    async record(body: ListBody, name: string): Promise<Recorded> {
      using client = await Client.open(server.url)
      const bytes = bytesOf(body, name)
      const answer = Buffer.from(await client.ask(bytes))
      JSON.parse(answer.toString())
      checkTotal(body, answer, reference)
      checkIds(body, answer, reference)
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

/** Gets a token; returns a function that gives an operation's path with it. */
export async function pathsFor(server: Server, app: Credentials): Promise<(operation: string) => string> {
  const response = await fetch(`${server.url}/openapi/access_token?${new URLSearchParams({ ...app })}`)
  const { code, msg, data } = (await response.json()) as {
    code: number
    msg: string
    data: { access_token: string }
  }
  if (code !== 0) throw new Error(`no access_token: ${msg}`)
  return (operation) => `/openapi/crm/follow/${operation}?access_token=${data.access_token}`
}

const HEAD = /^\{"code":0,"msg":"[^"]*","data":\{"total":(\d+),"records":\[/
/** A record's own id: inside a text the quotes would be escaped. */
const ID = /"id":(\d+),"follow_user_id":|"follow_id":(\d+),/g

/** The total that an answer says. */
export function totalIn(answer: Buffer): number {
  const total = HEAD.exec(answer.toString('utf8', 0, 200))?.[1]
  if (total === undefined) throw new Error(`not a page: ${answer.toString('utf8', 0, 500)}`)
  return Number(total)
}

/** The ids of an answer's records, in order. */
export function idsIn(answer: Buffer): bigint[] {
  return [...answer.toString('latin1').matchAll(ID)].map(([, id, older]) => BigInt((id ?? older) as string))
}

function checkTotal(body: ListBody, answer: Buffer, reference: Reference): void {
  checkSame(body, 'total', totalIn(answer), reference.totalOf(filterOf(body)))
}

function checkIds(body: ListBody, answer: Buffer, reference: Reference): void {
  checkSame(body, 'records', idsIn(answer), reference.idsOf(body))
}

/** Only where the data has references of all lists. */
function checkList(request: ListRequest, answer: Buffer, { reference, others }: BenchData): void {
  if (!others) throw new Error('no reference of the other lists')
  if (isOlder(request)) {
    const { list, body } = request
    checkSame(request, 'total', totalIn(answer), others.older.totalOf(list, body))
    checkSame(request, 'records', idsIn(answer), others.older.idsOf(list, body))
  } else {
    const own = request.list === 'list' ? reference : others.system
    checkTotal(request.body, answer, own)
    checkIds(request.body, answer, own)
  }
}

function checkSame(body: object, what: string, answered: unknown, expected: unknown): void {
  if (isDeepStrictEqual(answered, expected)) return
  throw new Error(`${JSON.stringify(body)}: ${what} ${answered}, the data has ${expected}`)
}
