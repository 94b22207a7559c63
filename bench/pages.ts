import { isDeepStrictEqual } from 'node:util'
import type { Credentials } from 'genjin-server'
import { Client, postBytes } from './client.ts'
import type { BenchData } from './data.ts'
import type { Ask } from './load.ts'
import { filterOf, type ListBody, type Reference } from './reference.ts'
import type { Server } from './sandbox.ts'

/** The header by which the bare server chooses its response; both servers are sent the same bytes. */
export const FILTER_HEADER = 'x-bench-filter'

/** One of so many answers is compared id by id where comparing all would take the load's time. */
const SAMPLE = 50

/** Asks for pages of the company's list. */
export type Pages = Awaited<ReturnType<typeof openPages>>

export interface Recorded extends Ask {
  readonly answer: Buffer
}

/** @param thorough every answer is compared id by id */
export async function openPages(server: Server, { reference, app }: BenchData, thorough: boolean) {
  const pathOf = await pathsFor(server, app)
  const path = pathOf('list')
  let asked = 0
  const bytesOf = (body: ListBody, name?: string) =>
    postBytes(path, JSON.stringify(body), name === undefined ? {} : { [FILTER_HEADER]: name })
  return {
    reference,
    pathOf,
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

function checkTotal(body: ListBody, answer: Buffer, reference: Reference): void {
  const [total, expected] = [totalIn(answer), reference.totalOf(filterOf(body))]
  if (total !== expected) {
    throw new Error(`${JSON.stringify(body)}: total ${total}, the data has ${expected}`)
  }
}

function checkIds(body: ListBody, answer: Buffer, reference: Reference): void {
  const [ids, expected] = [idsIn(answer), reference.idsOf(body)]
  if (!isDeepStrictEqual(ids, expected)) {
    throw new Error(`${JSON.stringify(body)}: records ${ids.join(' ')}, the data has ${expected.join(' ')}`)
  }
}
