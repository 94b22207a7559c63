import type { Static, TSchema } from 'typebox'
import { FollowCreateBody, FollowRecord, TARGET_TYPES } from './follow.ts'
import {
  Bool,
  described,
  GivenMilliseconds,
  IdText,
  Int32,
  Int64,
  IntEnum,
  List,
  Milliseconds,
  Nullable,
  optional,
  StringEnum,
  Text,
  type Words,
} from './schema.ts'
import { TERMS } from './terms.ts'
import { Type } from './type.ts'

/** Most rows of one batchCreate. */
export const BATCH_ROWS = 100

/** Most entries of the history in one response of follow/get. */
export const HISTORY_ENTRIES = 100

const operator = IdText({ zh: '操作人的员工ID', en: 'ID of the staff member who makes the change' })
const version = Type.Optional(
  Int32({
    minimum: 1,
    zh: '所依据的版本号，与当前版本不同则不写入并返回 40910；不传则不比较',
    en: 'version that the change is based on: if it is not the current one, nothing is written and 40910 is returned; not compared when omitted',
  }),
)
const reason = Text({ maxLength: 1000, ...TERMS.reason })

export const FollowBatchCreateBody = Type.Object({
  records: Type.Unsafe<unknown[]>({
    ...List(FollowCreateBody, {
      maxItems: BATCH_ROWS,
      zh: `跟进，1 到 ${BATCH_ROWS} 条，每条与创建跟进记录的请求体相同`,
      en: `1 to ${BATCH_ROWS} follow-ups, each like the body of follow/create`,
    }),
    // Each row is read by itself, so that one bad row does not lose the rest.
    'x-read': 'rows',
  }),
  atomic: Type.Optional(
    Bool({
      default: false,
      zh: 'true：只要有一条不合格就全部不写入；false：各条互不影响',
      en: 'true: one bad row refuses all; false: each row succeeds or fails by itself',
    }),
  ),
})

export const FollowBatchResult = Type.Object({
  created: Int32({ zh: '写入条数', en: 'number of rows written' }),
  failed: Int32({ zh: '失败条数', en: 'number of rows refused' }),
  results: Type.Array(
    Type.Object({
      code: Int32({ zh: '0 表示已写入，否则为错误码', en: '0 when written, otherwise the error code' }),
      msg: Text({ zh: '结果说明', en: 'the result in words (Chinese)' }),
      id: Nullable(Int64({ zh: '跟进ID，未写入时为 null', en: 'follow-up ID, null when not written' })),
      sub_code: Text({ zh: '返回子码', en: 'sub code' }),
      field: Type.Optional(
        Text({
          zh: '未写入时，有问题的字段：records[3].follow_time',
          en: 'when not written, the field at fault: records[3].follow_time',
        }),
      ),
    }),
    described({
      zh: '每条的结果，顺序与 records 相同',
      en: 'the result of each row, in the order of records',
    }),
  ),
})

/** What an update can clear: elsewhere null, "" and [] mean "not given" (C7). */
export const CLEARABLE = [
  'target',
  'field_map',
  'attachment',
  'location',
  'remind',
  'title',
  'stage_id',
] as const

/** A part of the record that an update replaces as a whole. */
function whole<T extends TSchema>(schema: T, { zh, en }: Words) {
  const words = described({ zh: `${zh}，整体替换`, en: `${en}, replaced as a whole` })
  return Type.Unsafe<Static<T>>({ ...schema, ...words })
}

const created = FollowCreateBody.properties

export const FollowUpdateBody = Type.Object({
  follow_id: Int64(TERMS.followId),
  user_id: operator,
  version,
  reason: Type.Optional(reason),
  ...optional({
    follow_content: created.follow_content,
    contact_type: created.contact_type,
    follow_time: GivenMilliseconds(TERMS.followTime),
    target_type: IntEnum(TARGET_TYPES, {
      zh: `${TERMS.targetType.zh}；修改类型时须同时传 id`,
      en: `${TERMS.targetType.en}; changing it requires id too`,
    }),
    id: IdText({ zh: '跟进对象ID（记录的 business_id）', en: 'target ID (business_id of the record)' }),
    target: whole(created.target, TERMS.target),
    is_ai: created.is_ai,
    title: created.title,
    stage_id: Int64({
      zh: '商机阶段ID，仅用于商机跟进',
      en: 'ID of the opportunity stage, for follow-ups of opportunities only',
    }),
    field_map: whole(created.field_map, TERMS.fieldMap),
    attachment: whole(created.attachment, { zh: '附件', en: 'attachments' }),
    location_lat: whole(created.location_lat, {
      zh: '纬度，与经度、地点名称一起',
      en: 'latitude, together with longitude and name',
    }),
    location_lng: created.location_lng,
    location_name: created.location_name,
    remind: whole(created.remind, TERMS.remind),
    clear: List(StringEnum(CLEARABLE), {
      zh: '要清空的内容；null、"" 与 [] 表示不修改',
      en: 'what to clear; null, "" and [] mean “leave unchanged”',
    }),
  }),
})
export type FollowUpdateBody = Static<typeof FollowUpdateBody>

export const FollowDeleteBody = Type.Object({
  follow_id: Int64(TERMS.followId),
  user_id: operator,
  reason,
  version,
})

export const FollowRestoreBody = Type.Object({
  ...FollowDeleteBody.properties,
  reason: Type.Optional(reason),
})

export const FollowVersion = Type.Object({
  id: Int64(TERMS.followId),
  version: Int32({ zh: '写入后的版本号，从 1 起', en: 'version after the write, from 1' }),
})

/** What can happen to a follow-up. */
const CHANGE_OPS = ['create', 'update', 'delete', 'restore'] as const

export const changeOp = StringEnum(CHANGE_OPS, {
  zh: '操作：create-创建，update-修改，delete-删除，restore-恢复',
  en: 'what happened: create, update, delete, restore',
})

/** A follow-up with everything stored beside it: what the change feed and follow/get return. */
export const WholeFollowRecord = Type.Object({
  ...FollowRecord.properties,
  system: Bool(TERMS.system),
  title: Nullable(Text(TERMS.title)),
  stage_id: Nullable(Text(TERMS.stageId)),
  create_time: Milliseconds(TERMS.createTime),
  update_time: Milliseconds(TERMS.updateTime),
  version: Int32({
    zh: '版本号，从 1 起，每次修改、删除、恢复加 1',
    en: 'version, from 1; every update, deletion and restoration adds 1',
  }),
})

export const FollowGetBody = Type.Object({
  follow_id: Int64(TERMS.followId),
  history_before: Type.Optional(
    Int32({
      minimum: 1,
      zh: '只返回此版本之前的历史，用于翻看更早的部分',
      en: 'return only the history before this version, to page through a long one',
    }),
  ),
})

export const FollowGetData = Type.Object({
  deleted: Bool({
    zh: '是否已删除（删除后 90 天内可以恢复）',
    en: 'whether it is deleted (it can be restored for 90 days)',
  }),
  record: WholeFollowRecord,
  history: Type.Array(
    Type.Object({
      version: Int32({ zh: '版本号', en: 'version' }),
      op: changeOp,
      time: Milliseconds({
        zh: '写入此版本的时间（毫秒时间戳）',
        en: 'when this version was written, in ms',
      }),
      appid: Nullable(
        Text({ zh: '写入的应用ID，导入的为 null', en: 'ID of the app that wrote it, null when imported' }),
      ),
      user_id: Nullable(
        Text({
          zh: '写入的员工ID，导入的为 null',
          en: 'ID of the staff member who wrote it, null when imported',
        }),
      ),
      reason: Nullable(Text(TERMS.reason)),
      changes: Type.Array(
        Type.Object({
          field: Text({
            zh: '记录的键；field_map 内的键写作 field_map.键',
            en: 'key of the record; a key inside field_map is written field_map.KEY',
          }),
          from: Type.Unsafe<unknown>(described({ zh: '原值', en: 'old value' })),
          to: Type.Unsafe<unknown>(described({ zh: '新值', en: 'new value' })),
        }),
        described({ zh: '与上一版本的差异', en: 'differences from the version before' }),
      ),
    }),
    described({
      zh: `版本历史，新的在前，一次最多 ${HISTORY_ENTRIES} 个`,
      en: `the versions, newest first, at most ${HISTORY_ENTRIES} per response`,
    }),
  ),
  has_more: Bool({
    zh: '是否还有更早的历史：以最后一个 version 作为 history_before 继续获取',
    en: 'whether there is older history: continue with the last version as history_before',
  }),
})
