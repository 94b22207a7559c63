import { OPERATIONS, type Operation, type OperationName } from 'genjin-contract'
import { ServiceError } from '../errors.ts'
import { parseJson } from '../json.ts'
import type { Context, Session, TokenSession } from '../service/context.ts'
import { readerOf } from '../service/read-value.ts'
import type { Corp } from '../store/corp.ts'
import { failureText, successText } from './envelope.ts'
import { refusalOf } from './errors.ts'
import { type Call, HANDLERS } from './handlers.ts'

/** What a command asks as: a company's own, without an app. */
const LOCAL_APPID = 'local'

/**
 * A `fetch` that answers what a server of this database would answer an app of the company, without a server: for commands
 * that hold the database itself. It reads only; writes are refused.
 */
export function localFetch(context: Context, corp: Corp): typeof fetch {
  const session: Session = { corp: corp.key, appid: LOCAL_APPID, timeZone: corp.timeZone }
  const operations = Object.entries(OPERATIONS) as [OperationName, Operation][]
  const byPath = new Map(
    operations
      .filter(([name, { keyed }]) => !keyed && name !== 'accessToken')
      .map(([name, operation]) => [operation.path, answererOf(name, operation, context, session)]),
  )
  return async (address, init) => {
    const { pathname, searchParams } = new URL(String(address))
    try {
      const answer = byPath.get(pathname)
      if (!answer) throw new ServiceError('pathUnknown', `本机不答复 ${pathname}：只能读取`)
      return new Response(await answer(searchParams, init?.body))
    } catch (error) {
      const { kind, message, status } = refusalOf(error, 0)
      if (kind === 'internal') throw error
      return new Response(failureText(kind, message), { status })
    }
  }
}

type Answerer = (query: URLSearchParams, body: unknown) => Promise<string | Uint8Array<ArrayBuffer>>

function answererOf(name: OperationName, operation: Operation, context: Context, session: Session): Answerer {
  const read = readerOf((operation.body ?? operation.query) as NonNullable<Operation['body']>, {
    emptyIsAbsent: true,
  })
  const answer = HANDLERS[name] as (call: Call<unknown>) => Promise<string | Buffer>
  return async (query, body) => {
    const given = operation.body ? parseJson(Buffer.from(String(body))) : Object.fromEntries(query)
    // Reads confirm a token where there is one.
    const call = { context, session: session as TokenSession, input: read(given), key: undefined }
    const data = await answer(call)
    return typeof data === 'string' ? successText(operation.okMsg, data) : new Uint8Array(data)
  }
}
