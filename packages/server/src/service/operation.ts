import type { DataOf, OperationName } from 'genjin-contract'
import type { Call } from './context.ts'
import type { Given, JsonText } from './json-text.ts'
import type { RecordPage } from './page.ts'

/** What a handler returns: `data` as a value or as JSON text, or a page of records. */
export type Answer<Data> =
  | JsonText<Data>
  | (Data extends { total: bigint; records: (infer Entry)[] } ? RecordPage<Entry> : Given<Data>)

/** What answers an operation. */
export type Handler<Name extends OperationName> = (call: Call<Name>) => Promise<Answer<DataOf<Name>>>
