import { OPERATIONS, type Operation, type OperationName } from 'genjin-contract'
import type { Call } from '../service/context.ts'
import { readerOf } from '../service/read-value.ts'
import { successEnvelope } from './envelope.ts'
import { HANDLERS } from './handlers.ts'

/** Who asks an operation what. `input` is what the request says: it has not been read by the operation's schema. */
export interface Request extends Omit<Call<OperationName>, 'operation' | 'input' | 'session'> {
  readonly session: Call<OperationName>['session']
  readonly input: unknown
}

/** Reads a request by its operation's schema and answers it, in the envelope. */
export function answererOf(operation: OperationName): (request: Request) => Promise<string | Buffer> {
  const { body, query, okMsg }: Operation = OPERATIONS[operation]
  const schema = body ?? query
  const read = schema ? readerOf(schema, { emptyIsAbsent: true }) : () => ({})
  const inEnvelope = successEnvelope(okMsg)
  // The schema and the handler are those of one row of the table: HANDLERS is typed by it.
  const handle = HANDLERS[operation] as (call: object) => Promise<unknown>
  return async (request) => inEnvelope(await handle({ ...request, operation, input: read(request.input) }))
}
