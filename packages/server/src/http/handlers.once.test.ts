import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DataOf, type InputOf, OPERATIONS } from 'genjin-contract'
import { type JsonText, jsonText } from '../service/json-text.ts'
import type { Handler } from '../service/operation.ts'
import { RecordPage } from '../service/page.ts'
import { HANDLERS } from './handlers.ts'

type FollowVersion = DataOf<'followUpdate'>
type Staff = DataOf<'staffList'>['records'][number]

// Checked by tsc: a line after @ts-expect-error that compiles is an error. Each differs in one type from what the table
// of operations says, next to what it says.
const version = jsonText<FollowVersion>({ id: 1n, version: 2 })
const staff: JsonText<Staff>[] = []
export const CHECKED = [
  (async () => version) satisfies Handler<'followUpdate'>,
  (async () => ({ id: 1n, version: 2 })) satisfies Handler<'followUpdate'>,
  // @ts-expect-error data of another operation
  (async () => version) satisfies Handler<'followTypeAdd'>,
  // @ts-expect-error data with a field that is missing
  (async () => ({ id: 1n })) satisfies Handler<'followUpdate'>,
  // @ts-expect-error text that is not known to be JSON of this type
  (async () => '{"id":1,"version":2}') satisfies Handler<'followUpdate'>,

  (async () => RecordPage.of(0, staff)) satisfies Handler<'staffList'>,
  // @ts-expect-error a page of other records
  (async () => RecordPage.of(0, staff)) satisfies Handler<'departmentList'>,

  (async (_: { input: InputOf<'followUpdate'> }) => version) satisfies Handler<'followUpdate'>,
  // @ts-expect-error the body of another operation
  (async (_: { input: InputOf<'followCreate'> }) => version) satisfies Handler<'followUpdate'>,
  // @ts-expect-error a body in which an optional field is required
  (async (_: { input: { reason: string } }) => version) satisfies Handler<'followUpdate'>,
  // @ts-expect-error the service of another operation with the same body and the same data
  HANDLERS.followTypeEnable satisfies Handler<'followTypeDisable'>,
]

test('every operation of the table has a handler', () => {
  assert.deepEqual(Object.keys(HANDLERS).sort(), Object.keys(OPERATIONS).sort())
})
