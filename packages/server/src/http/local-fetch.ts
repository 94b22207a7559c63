import { OPERATIONS, type Operation, type OperationName } from 'genjin-contract'
import { ServiceError } from '../errors.ts'
import { parseJson } from '../json.ts'
import type { Context } from '../service/context.ts'
import { answererOf } from './answer.ts'
import { failureText } from './envelope.ts'
import { refusalOf } from './errors.ts'

/**
 * A `fetch` for commands that hold the database themselves: what a server of this database would answer an app of the
 * company. Reads only; a write is refused.
 */
export function localFetch(context: Context, corp: { key: number; timeZone: string }): typeof fetch {
  const session = { kind: 'command', corp: corp.key, timeZone: corp.timeZone } as const
  const byPath = new Map(
    (Object.entries(OPERATIONS) as [OperationName, Operation][])
      .filter(([name, { callers, auth }]) => auth && callers.includes('readOnlyApp') && name !== 'me')
      .map(([name, { path, body }]) => [path, { takesBody: body !== undefined, answer: answererOf(name) }]),
  )
  return async (address, init) => {
    const { pathname, searchParams } = new URL(String(address))
    try {
      const operation = byPath.get(pathname)
      if (!operation) throw new ServiceError('pathUnknown', `本地模式不支持 ${pathname}：只能读取`)
      const input = operation.takesBody
        ? parseJson(Buffer.from(String(init?.body)))
        : Object.fromEntries(searchParams)
      const [key, isGone] = [() => undefined, () => false]
      const answer = await operation.answer({ context, session, page: undefined, input, key, isGone })
      return new Response(new Blob([answer].flat() as (string | Buffer<ArrayBuffer>)[]))
    } catch (error) {
      const { kind, message, field, status } = refusalOf(error, 0)
      if (kind === 'internal') throw error
      return new Response(failureText(kind, message, field), { status })
    }
  }
}
