import { type Static, type TSchema, Type } from 'typebox'
import {
  CONTENT_LENGTH,
  FollowCreateBody,
  FollowRecord,
  ID_LENGTH,
  TARGET_TYPE_TEXT,
  TARGET_TYPES,
} from './follow.ts'
import { Int32, Int64, IntEnum, List, Milliseconds, Nullable, StringEnum, Text } from './schema.ts'

/** Rows of one batchCreate. */
export const BATCH_ROWS = 100

/** Entries of the history that one follow/get answers. */
export const HISTORY_ENTRIES = 100

const followId = Int64({ description: '跟进ID' })
const operator = Text({ maxLength: ID_LENGTH, description: '操作人的员工id' })
const version = Type.Optional(
  Int32({
    minimum: 1,
    description: '所依据的版本号；与现在的版本不同则不写入，答 40910。不给则不比较',
  }),
)
const reason = (description: string) => Text({ maxLength: 1000, description })

export const FollowBatchCreateBody = Type.Object({
  records: Type.Unsafe<unknown[]>({
    ...List(FollowCreateBody, { maxItems: BATCH_ROWS }),
    description: `跟进，1 到 ${BATCH_ROWS} 条，每条与创建跟进记录的请求体相同`,
    // Each row is read by itself, so that one bad row does not lose the rest.
    'x-read': 'rows',
  }),
  atomic: Type.Optional(
    Type.Boolean({
      default: false,
      description: 'true：有一条不合格就全部不写入；false（默认）：各条各自成败',
    }),
  ),
})
export type FollowBatchCreateBody = Static<typeof FollowBatchCreateBody>

export const FollowBatchResult = Type.Object({
  created: Int32({ description: '写入的条数' }),
  failed: Int32({ description: '未写入的条数' }),
  results: Type.Array(
    Type.Object({
      code: Int32({ description: '0-已写入；否则为错误码，含义同应答的 code' }),
      msg: Text({ description: '结果说明' }),
      id: Nullable(Int64({ description: '跟进ID，未写入为 null' })),
      sub_code: Text({ description: '含义同应答的 sub_code' }),
    }),
    { description: '各条的结果，次序与 records 相同' },
  ),
})

/** What an update can make empty: elsewhere null, "" and [] mean "not given" (C7). */
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
function whole<T extends TSchema>(schema: T, description: string) {
  return Type.Optional(Type.Unsafe<Static<T>>({ ...schema, description: `${description}：整个替换` }))
}

export const FollowUpdateBody = Type.Object({
  follow_id: followId,
  user_id: operator,
  version,
  reason: Type.Optional(reason('修改的原因')),
  follow_content: Type.Optional(Text({ maxLength: CONTENT_LENGTH, description: '跟进内容' })),
  contact_type: Type.Optional(Text({ maxLength: ID_LENGTH, description: '跟进方式的名称' })),
  follow_time: Type.Optional(Milliseconds({ description: '跟进时间戳（毫秒），可以是过去' })),
  target_type: Type.Optional(
    IntEnum(TARGET_TYPES, { description: `${TARGET_TYPE_TEXT}；改变类型时须同时给出 id` }),
  ),
  id: Type.Optional(Text({ maxLength: ID_LENGTH, description: '跟进对象的id（记录的 business_id）' })),
  target: whole(FollowCreateBody.properties.target, '跟进对象'),
  is_ai: FollowCreateBody.properties.is_ai,
  title: FollowCreateBody.properties.title,
  stage_id: Type.Optional(Int64({ description: '商机阶段id，只用于商机的跟进' })),
  field_map: whole(FollowCreateBody.properties.field_map, '自定义字段'),
  attachment: whole(FollowCreateBody.properties.attachment, '本地附件，最多支持9个附件'),
  location_lat: whole(FollowCreateBody.properties.location_lat, '拜访位置纬度，与经度、名称一起'),
  location_lng: FollowCreateBody.properties.location_lng,
  location_name: FollowCreateBody.properties.location_name,
  remind: whole(FollowCreateBody.properties.remind, '跟进提醒信息'),
  clear: Type.Optional(List(StringEnum(CLEARABLE), { description: '要清空的内容；null、"" 与 [] 表示不改' })),
})
export type FollowUpdateBody = Static<typeof FollowUpdateBody>

export const FollowDeleteBody = Type.Object({
  follow_id: followId,
  user_id: operator,
  reason: reason('删除的原因'),
  version,
})
export type FollowDeleteBody = Static<typeof FollowDeleteBody>

export const FollowRestoreBody = Type.Object({
  follow_id: followId,
  user_id: operator,
  reason: Type.Optional(reason('恢复的原因')),
  version,
})
export type FollowRestoreBody = Static<typeof FollowRestoreBody>

export const FollowVersion = Type.Object({
  id: Int64({ description: '跟进ID' }),
  version: Int32({ description: '写入后的版本号，从 1 起' }),
})

/** What happens to a follow-up. */
export const CHANGE_OPS = ['create', 'update', 'delete', 'restore'] as const
export type ChangeOp = (typeof CHANGE_OPS)[number]

/** A follow-up with what stands beside it: what the change feed and follow/get answer. */
export const WholeFollowRecord = Type.Object({
  ...FollowRecord.properties,
  system: Type.Boolean({ description: '是否系统跟进' }),
  title: Nullable(Text({ description: '标题' })),
  stage_id: Nullable(Text({ description: '商机阶段id' })),
  create_time: Milliseconds({ description: '写入时间戳（毫秒）' }),
  update_time: Milliseconds({ description: '更新时间戳（毫秒）' }),
  version: Int32({ description: '版本号，从 1 起，每次修改、删除、恢复加一' }),
})

export const FollowGetBody = Type.Object({
  follow_id: followId,
  history_before: Type.Optional(
    Int32({ minimum: 1, description: '只要这个版本之前的历史，用于历史很长时翻到更早的部分' }),
  ),
})
export type FollowGetBody = Static<typeof FollowGetBody>

export const FollowGetData = Type.Object({
  deleted: Type.Boolean({ description: '是否已删除（删除后 90 天之内可以恢复）' }),
  record: WholeFollowRecord,
  history: Type.Array(
    Type.Object({
      version: Int32({ description: '版本号' }),
      op: StringEnum(CHANGE_OPS, { description: 'create-创建，update-修改，delete-删除，restore-恢复' }),
      time: Milliseconds({ description: '写入这一版本的时间戳（毫秒）' }),
      appid: Nullable(Text({ description: '由哪个应用写入；导入的为 null' })),
      user_id: Nullable(Text({ description: '由哪个员工写入；导入的为 null' })),
      reason: Nullable(Text({ description: '原因' })),
      changes: Type.Array(
        Type.Object({
          field: Text({ description: '记录里的键；field_map 里的写作 field_map.键' }),
          from: Type.Unsafe<unknown>({ description: '原来的值' }),
          to: Type.Unsafe<unknown>({ description: '改成的值' }),
        }),
        { description: '与上一版本的不同' },
      ),
    }),
    { description: `各版本，新的在前，一次最多 ${HISTORY_ENTRIES} 个` },
  ),
  has_more: Type.Boolean({
    description: '是否还有更早的历史：以最后一个 version 作为 history_before 再取',
  }),
})
