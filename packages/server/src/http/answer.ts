import { OPERATIONS, type Operation, type OperationName } from 'genjin-contract'
import type { Call } from '../service/context.ts'
import { readerOf } from '../service/read-value.ts'
import { type Payload, successEnvelope } from './envelope.ts'
import { HANDLERS } from './handlers.ts'

/** A request before the operation's schema has read its `input`, whose errors come before those of the `key`. */
export interface Request extends Pick<Call<OperationName>, 'context' | 'session' | 'page' | 'isGone'> {
  readonly input: unknown
  readonly key: () => string | undefined
}

/** Reads a request by its operation's schema and answers it, in the envelope. */
export function answererOf(operation: OperationName): (request: Request) => Promise<Payload> {
  const { body, query, okMsg }: Operation = OPERATIONS[operation]
  const schema = body ?? query
  const read = schema ? readerOf(schema, { emptyIsAbsent: true }) : () => ({})
  const inEnvelope = successEnvelope(okMsg)
  // Safe: schema and handler belong to the same row, and HANDLERS is typed by the table.
  const handle = HANDLERS[operation] as (call: object) => Promise<unknown>
  return async ({ input, key, ...request }) =>
    inEnvelope(await handle({ ...request, operation, input: read(input), key: key() }))
}
