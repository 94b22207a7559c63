import type { CustomerFollowListBody, DataOf } from 'genjin-contract'
import { parseExact } from 'genjin-record'
import { paramError, ServiceError } from '../../errors.ts'
import { targetNames } from '../../store/dictionary.ts'
import type { FollowFilter } from '../../store/follow/filter.ts'
import type { FollowDetail } from '../../store/follow/row.ts'
import type { ReadTx } from '../../store/port.ts'
import { scopeKey } from '../auth/rights.ts'
import type { Call } from '../context.ts'
import { type Given, type JsonText, jsonText } from '../json-text.ts'
import type { Session } from '../session.ts'
import { detailPage, keyOf, seenOnly } from './list.ts'
import { type FollowRecord, recordText } from './record.ts'

type CustomerRecord = DataOf<'customerFollowList'>['records'][number]
type OpportunityRecord = DataOf<'opportunityFollowList'>['records'][number]
type CommonRecord = Given<Omit<CustomerRecord, 'follow_id' | 'external_user_id' | 'external_user_name'>>

const CUSTOMER = 1
const OPPORTUNITY = 3
const CLUE = 4

/** POST /openapi/crm/follow/customer/list: follow-ups of customers and clues, newest written first. */
export async function customerFollowList({
  context,
  session,
  input: body,
  isGone,
}: Call<'customerFollowList'>) {
  if ((body.user_id === undefined) !== (body.external_user_id === undefined)) {
    const missing = body.user_id === undefined ? 'user_id' : 'external_user_id'
    throw new ServiceError(
      'paramMissing',
      `缺少参数 ${missing}：user_id 与 external_user_id 必须同时为空或同时不为空`,
      { field: missing },
    )
  }
  const filter = { ...olderFilter(body), businessTypes: [CUSTOMER, CLUE] }
  return detailPage(context, session, body, {
    key: keyOf(`${scopeKey(session)}customer`, body),
    order: 'written',
    filter: (tx) => seenFilter(tx, session, filter),
    isGone,
    answers: customerRecords,
  })
}

/** POST /openapi/crm/follow/opportunity/list: follow-ups of opportunities, newest written first. */
export async function opportunityFollowList({
  context,
  session,
  input,
  isGone,
}: Call<'opportunityFollowList'>) {
  const filter = {
    ...olderFilter(input),
    businessTypes: [OPPORTUNITY],
    ...(input.opportunity_id !== undefined && { businessId: input.opportunity_id.toString() }),
  }
  return detailPage(context, session, input, {
    key: keyOf(`${scopeKey(session)}opportunity`, input),
    order: 'written',
    filter: (tx) => seenFilter(tx, session, filter),
    isGone,
    answers: opportunityRecords,
  })
}

const MOST_SECONDS = 30 * 24 * 3600

function olderFilter(body: CustomerFollowListBody): FollowFilter {
  const { start_time: start, end_time: end } = body
  if ((start === undefined) !== (end === undefined)) {
    const missing = start === undefined ? 'start_time' : 'end_time'
    throw new ServiceError('paramMissing', `缺少参数 ${missing}：start_time 与 end_time 须同时给出`, {
      field: missing,
    })
  }
  if (start !== undefined && end !== undefined) {
    if (start > end) {
      throw paramError('paramInvalid', 'start_time', ' 晚于 end_time：开始时间不能晚于结束时间')
    }
    if (end - start > MOST_SECONDS) {
      throw paramError(
        'paramRange',
        'start_time',
        ' 与 end_time 相距超过 30 天：时间区间最多 30 天，请分段查询',
      )
    }
  }
  return {
    system: false,
    ...(body.user_id !== undefined && { userIds: [body.user_id] }),
    ...(body.external_user_id !== undefined && { externalId: body.external_user_id }),
    ...(body.follow_id !== undefined && { ids: [body.follow_id] }),
    // Both seconds are included whole.
    ...(start !== undefined &&
      end !== undefined && { createTime: { from: start * 1000, before: (end + 1) * 1000 } }),
  }
}

/** The filter for what the session sees; undefined when nothing can match. */
async function seenFilter(
  tx: ReadTx,
  session: Session,
  filter: FollowFilter,
): Promise<FollowFilter | undefined> {
  const { externalId, businessId, ids } = filter
  const isNamed = externalId !== undefined || businessId !== undefined || ids !== undefined
  const seen = await seenOnly(tx, session, filter.userIds, isNamed)
  return seen.userIds?.length === 0 ? undefined : { ...filter, ...seen }
}

function storedRecord(row: FollowDetail): FollowRecord {
  return parseExact(recordText(row)) as FollowRecord
}

async function customerRecords(tx: ReadTx, rows: FollowDetail[]): Promise<JsonText<CustomerRecord>[]> {
  const ids = rows.flatMap((row) => row.externalId ?? [])
  const names = await targetNames(tx, CUSTOMER, [...new Set(ids)])
  return rows.map((row) =>
    jsonText<CustomerRecord>({
      follow_id: BigInt(row.id),
      external_user_id: row.externalId,
      external_user_name: (row.externalId !== null && names.get(row.externalId)) || null,
      ...olderRecord(row, storedRecord(row)),
    }),
  )
}

async function opportunityRecords(tx: ReadTx, rows: FollowDetail[]): Promise<JsonText<OpportunityRecord>[]> {
  const records = rows.map(storedRecord)
  const names = await targetNames(tx, OPPORTUNITY, [...new Set(records.map((record) => record.business_id))])
  return rows.map((row, index) => {
    const record = records[index] as FollowRecord
    return jsonText<OpportunityRecord>({
      follow_id: BigInt(row.id),
      stage_id: row.stageId,
      opportunity_id: longOf(record.business_id),
      opportunity_name: names.get(record.business_id) ?? null,
      ...olderRecord(row, record),
    })
  })
}

function olderRecord(row: FollowDetail, record: FollowRecord): CommonRecord {
  return {
    record_type: recordType(record),
    contact_type: record.follow_type_desc,
    follow_content: record.content,
    location_lat: record.location?.location_lat ?? null,
    location_lng: record.location?.location_lng ?? null,
    location_name: record.location?.location_address ?? null,
    user_id: record.follow_user_id,
    gmt_create: Math.floor(row.createTime / 1000),
    attachment: record.attachment_list.map((file) => ({
      cos_url: file.cos_url,
      file_extension: file.file_extension,
      name: file.name,
      type: file.type,
    })),
    field_map: record.field_map,
  }
}

/** 1 customer, 3 opportunity, 4 a clue of no customer, 8 a clue of one. */
function recordType(record: FollowRecord): CommonRecord['record_type'] {
  if (record.business_type !== CLUE) return record.business_type === CUSTOMER ? CUSTOMER : OPPORTUNITY
  return record.target.external_id === null ? 4 : 8
}

/** An id as the long that this list promises; null when it is not one (ids of other systems). */
function longOf(id: string): bigint | null {
  if (!/^[1-9]\d{0,18}$/.test(id)) return null
  const long = BigInt(id)
  return long <= 9223372036854775807n ? long : null
}
