import { ERRORS, FollowCreateBody } from 'genjin-contract'
import { ServiceError } from '../../errors.ts'
import type { FollowRow } from '../../store/follow/row.ts'
import { insertFollows } from '../../store/follow/write.ts'
import type { Call } from '../context.ts'
import { write } from '../idempotent-write.ts'
import { readerOf } from '../read-value.ts'
import { createdBy, createRowMaker } from './new-row.ts'

const readFields: (value: unknown) => FollowCreateBody = readerOf(FollowCreateBody, { emptyIsAbsent: true })

/**
 * POST /openapi/crm/follow/batchCreate: writes up to 100 follow-ups and returns a result for each, in their order (W4). With
 * `atomic`, one bad row refuses them all.
 */
export function followBatchCreate(call: Call<'followBatchCreate'>) {
  const { context, session, input } = call
  const read = input.records.map(orRefusal(readRow))
  // The key identifies the rows as they were understood: a retry may write the same row differently.
  const understood = {
    ...input,
    records: read.map((row, index) => (row instanceof ServiceError ? input.records[index] : row)),
  }
  return write({ ...call, input: understood }, async (tx) => {
    const makeRow = await createRowMaker(context, tx, read.filter(isAccepted))
    const made = read.map((row) =>
      isAccepted(row) ? orRefusal((body: FollowCreateBody) => makeRow(body, session))(row) : row,
    )
    const failed = made.findIndex((row) => !isAccepted(row))
    if (input.atomic && failed >= 0) throw refusalOfAll(made[failed] as ServiceError, failed)
    const rows = made.filter(isAccepted)
    if (rows.length > 0) await insertFollows(tx, rows, createdBy(session, context.now()))
    return { created: rows.length, failed: made.length - rows.length, results: made.map(resultOf) }
  })
}

function readRow(value: unknown): FollowCreateBody {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return readFields(value)
  throw new ServiceError('paramInvalid', '这一条不是对象：每条须与 follow/create 的请求体相同')
}

/** Returns the refusal instead of throwing it. */
function orRefusal<Input, Output>(fn: (input: Input) => Output): (input: Input) => Output | ServiceError {
  return (input) => {
    try {
      return fn(input)
    } catch (error) {
      if (error instanceof ServiceError) return error
      throw error
    }
  }
}

function isAccepted<Row>(row: Row | ServiceError): row is Row {
  return !(row instanceof ServiceError)
}

function refusalOfAll(error: ServiceError, index: number): ServiceError {
  return new ServiceError(error.kind, `records[${index}]：${error.message}；atomic 为 true，全部未写入`, {
    field: fieldIn(error, index),
  })
}

/** Where the field of a row is in the request. */
function fieldIn({ field }: ServiceError, index: number): string {
  return field === undefined ? `records[${index}]` : `records[${index}].${field}`
}

function resultOf(row: FollowRow | ServiceError, index: number) {
  if (isAccepted(row)) return { code: 0, msg: '请求成功', id: row.id, sub_code: '00000' }
  const { code, subCode } = ERRORS[row.kind]
  return { code, msg: row.message, id: null, sub_code: subCode, field: fieldIn(row, index) }
}
