import { type Static, Type } from 'typebox'
import {
  AnyMap,
  Day,
  Int32,
  Int64,
  IntEnum,
  List,
  Milliseconds,
  Nullable,
  Seconds,
  StringEnum,
  Text,
} from './schema.ts'

/** What a follow-up can be about: `business_type` of the record, `target_type` of the filter (L5). */
export const TARGET_TYPES = [1, 3, 4, 9, 10, 11, 12] as const
export type TargetType = (typeof TARGET_TYPES)[number]

export const TARGET_TYPE_TEXT =
  '跟进对象类型：1-客户跟进，3-商机跟进，4-线索跟进，9-订单跟进，10-群跟进，11-联系人跟进，12-企业跟进'

/** Follow methods 跟进方式 that every company has from the start. */
export const BUILTIN_FOLLOW_TYPES = [
  '拜访',
  '企微联系',
  '电话联系',
  '其他跟进',
  '线上会议',
  '打电话',
  '加好友(企微加好友)',
  '加好友(发短信加好友)',
] as const

export const paging = {
  current_index: Type.Optional(
    Int32({ minimum: 1, maximum: 2147483647, default: 1, description: '当前页，默认值为1' }),
  ),
  page_size: Type.Optional(
    Int32({ minimum: 1, maximum: 100, default: 20, description: '每页大小，默认值为20，最大为100' }),
  ),
}

const filters = {
  target_type: Type.Optional(IntEnum(TARGET_TYPES, { description: TARGET_TYPE_TEXT })),
  target_id_list: Type.Optional(
    List(Text(), { description: '跟进目标ID列表：business_id 或 target 中任一 ID 相符即可' }),
  ),
  id_list: Type.Optional(List(Int64(), { description: '跟进ID列表' })),
  follow_user_ids: Type.Optional(List(Text(), { description: '跟进人ID列表' })),
  follow_dep_ids: Type.Optional(
    List(Int64(), { description: '跟进人所在部门列表（跟进人现在所在的部门，默认含下级部门）' }),
  ),
  fetch_child: Type.Optional(
    IntEnum([0, 1], {
      default: 1,
      description: '是否包含 follow_dep_ids 的下级部门：1-包含（默认）,0-不包含',
      'x-origin': 'ours',
    }),
  ),
  title: Type.Optional(Text({ description: '跟进标题，精确匹配' })),
  follow_time_start: Type.Optional(Day({ description: '跟进时间开始，格式为yyyy-MM-dd，含当天' })),
  follow_time_end: Type.Optional(Day({ description: '跟进时间结束，格式为yyyy-MM-dd，含当天' })),
}

export const FollowListBody = Type.Object({
  ...paging,
  ...filters,
  follow_type_list: Type.Optional(List(Int64(), { description: '跟进方式ID列表' })),
  follow_type_name: Type.Optional(Text({ description: '跟进方式名称，精确匹配' })),
})
export type FollowListBody = Static<typeof FollowListBody>

export const FollowSystemListBody = Type.Object({
  ...paging,
  ...filters,
  title: Type.Optional(Text({ description: '系统跟进类型' })),
})
export type FollowSystemListBody = Static<typeof FollowSystemListBody>

const targetIds = {
  contact_id: '联系人ID',
  external_id: '外部联系人ID',
  company_id: '企业ID',
  chat_id: '群聊ID',
  clue_id: '线索ID',
}

/** The ids inside `target`, in the order of the wire. */
export const TARGET_ID_KEYS = Object.keys(targetIds) as (keyof typeof targetIds)[]

const idText = (description: string) => Nullable(Text({ description }))

export const Target = Type.Object(
  {
    contact_id: idText(targetIds.contact_id),
    external_id: idText(targetIds.external_id),
    company_id: idText(targetIds.company_id),
    chat_id: idText(targetIds.chat_id),
    clue_id: idText(targetIds.clue_id),
    is_ai: Nullable(Type.Boolean({ description: '是否ai跟进' })),
  },
  { description: '跟进对象' },
)

export const ATTACHMENT_TYPES = ['web', 'file', 'video', 'image'] as const

export const Attachment = Type.Object({
  cos_url: Nullable(Text({ description: '附件URL' })),
  file_extension: Nullable(Text({ description: '文件扩展名' })),
  material_id: Nullable(Text({ description: '素材ID' })),
  name: Nullable(Text({ description: '附件名称' })),
  type: Nullable(Text({ description: '附件类型：web, file, video, image' })),
})

export const FollowRecord = Type.Object({
  id: Int64({ description: '跟进ID' }),
  follow_user_id: Text({ description: '跟进人ID' }),
  content: Text({ description: '跟进内容' }),
  target: Target,
  business_type: IntEnum(TARGET_TYPES, { description: '关联业务类型，取值同 target_type' }),
  business_id: Text({ description: '关联业务ID' }),
  follow_type: Nullable(Int64({ description: '跟进方式ID' })),
  follow_type_desc: Nullable(Text({ description: '跟进方式描述（现在的名称）' })),
  field_map: AnyMap({ description: '自定义字段' }),
  attachment_list: Type.Array(Attachment, { description: '附件列表' }),
  location: Nullable(
    Type.Object(
      {
        location_lat: Nullable(Text({ description: '跟进地址纬度' })),
        location_lng: Nullable(Text({ description: '跟进地址经度' })),
        location_address: Nullable(Text({ description: '跟进地址名称' })),
      },
      { description: '跟进地址信息' },
    ),
  ),
  follow_time: Milliseconds({ description: '跟进时间戳（毫秒）' }),
  remind: Nullable(
    Type.Object(
      {
        is_remind: Nullable(IntEnum([0, 1], { description: '是否提醒，0-不提醒，1-提醒' })),
        time: Nullable(Milliseconds({ description: '下次跟进时间戳（毫秒）' })),
        before: Nullable(Int64({ description: '开始前提醒时间间隔（毫秒）', 'x-unit': 'ms' })),
        user_ids: Type.Array(Text(), { description: '提醒人ID列表' }),
        content: Nullable(Text({ description: '提醒内容' })),
      },
      { description: '跟进提醒信息' },
    ),
  ),
})

export const SystemFollowRecord = Type.Object({
  id: Int64({ description: '跟进ID' }),
  follow_user_id: Text({ description: '跟进人ID' }),
  content: Text({ description: '跟进内容' }),
  target: Target,
  business_type: IntEnum(TARGET_TYPES, { description: '关联业务类型，取值同 target_type' }),
  business_id: Text({ description: '关联业务ID' }),
  title: Nullable(Text({ description: '系统跟进类型' })),
  follow_time: Milliseconds({ description: '跟进时间戳（毫秒）' }),
  create_time: Milliseconds({ description: '创建时间戳（毫秒）' }),
})

/** The parts of a follow-up as they are written: create (N2) and the bundle read them alike. */
export const ID_LENGTH = 256
export const CONTENT_LENGTH = 100_000
export const written = {
  target: Type.Object({
    contact_id: Type.Optional(Text({ maxLength: ID_LENGTH, description: targetIds.contact_id })),
    external_id: Type.Optional(Text({ maxLength: ID_LENGTH, description: targetIds.external_id })),
    company_id: Type.Optional(Text({ maxLength: ID_LENGTH, description: targetIds.company_id })),
    chat_id: Type.Optional(Text({ maxLength: ID_LENGTH, description: targetIds.chat_id })),
    clue_id: Type.Optional(Text({ maxLength: ID_LENGTH, description: targetIds.clue_id })),
    is_ai: Type.Optional(Type.Boolean({ description: '是否ai跟进' })),
  }),
  remind: Type.Object({
    is_remind: Type.Optional(IntEnum([0, 1], { description: '是否提醒，0-不提醒，1-提醒' })),
    time: Type.Optional(Milliseconds({ description: '下次跟进时间戳（毫秒）' })),
    before: Type.Optional(Int64({ minimum: 0, description: '开始前提醒时间间隔（毫秒）', 'x-unit': 'ms' })),
    user_ids: Type.Optional(List(Text({ maxLength: ID_LENGTH }), { description: '提醒人ID列表' })),
    content: Type.Optional(Text({ maxLength: 100000, description: '提醒内容' })),
  }),
  fieldMap: AnyMap({ description: '自定义字段' }),
}

export const FollowCreateBody = Type.Object({
  type: Type.Optional(
    IntEnum([0, 1, 2], {
      description:
        '类型：0-为线索创建跟进记录，1-为客户创建跟进记录，2-为商机创建跟进记录；给出 target_type 时可不填',
    }),
  ),
  id: Text({ maxLength: ID_LENGTH, description: 'type=0，线索id;type=1，客户id;type=2，商机id' }),
  user_id: Text({ maxLength: ID_LENGTH, description: '员工id' }),
  contact_type: Text({ maxLength: ID_LENGTH, description: '跟进方式的名称' }),
  follow_content: Text({ maxLength: CONTENT_LENGTH, description: '跟进内容' }),
  location_lat: Type.Optional(Text({ maxLength: ID_LENGTH, description: '拜访位置纬度' })),
  location_lng: Type.Optional(Text({ maxLength: ID_LENGTH, description: '拜访地址经度' })),
  location_name: Type.Optional(Text({ maxLength: 1000, description: '拜访位置名称' })),
  stage_id: Type.Optional(Int64({ description: '商机阶段id（当type=2时此字段必填）' })),
  field_map: Type.Optional(written.fieldMap),
  attachment: Type.Optional(
    List(
      Type.Object({
        cos_url: Type.Optional(Text({ maxLength: 4096, description: '文件路径' })),
        file_extension: Type.Optional(Text({ maxLength: 64, description: '文件后缀' })),
        name: Type.Optional(Text({ maxLength: 1000, description: '文件名' })),
        type: Type.Optional(StringEnum(ATTACHMENT_TYPES, { description: '文件类型' })),
      }),
      { maxItems: 9, description: '本地附件，最多支持9个附件' },
    ),
  ),
  target_type: Type.Optional(
    IntEnum(TARGET_TYPES, { description: `代替 type。${TARGET_TYPE_TEXT}`, 'x-origin': 'ours' }),
  ),
  target: Type.Optional(
    Type.Unsafe<Static<typeof written.target>>({
      ...written.target,
      description: '跟进对象',
      'x-origin': 'ours',
    }),
  ),
  title: Type.Optional(Text({ maxLength: ID_LENGTH, description: '跟进标题', 'x-origin': 'ours' })),
  is_ai: Type.Optional(Type.Boolean({ description: '是否ai跟进', 'x-origin': 'ours' })),
  follow_time: Type.Optional(
    Milliseconds({ description: '跟进时间戳（毫秒），默认为现在', 'x-origin': 'ours' }),
  ),
  remind: Type.Optional(
    Type.Unsafe<Static<typeof written.remind>>({
      ...written.remind,
      description: '跟进提醒信息',
      'x-origin': 'ours',
    }),
  ),
})
export type FollowCreateBody = Static<typeof FollowCreateBody>

const olderFilters = {
  ...paging,
  user_id: Type.Optional(Text({ description: '员工id' })),
  external_user_id: Type.Optional(Text({ description: '客户id' })),
  follow_id: Type.Optional(Int64({ description: '跟进id' })),
  start_time: Type.Optional(
    Seconds({ description: '开始时间（单位：秒），与 end_time 同时给出，时间区间不能超过30天' }),
  ),
  end_time: Type.Optional(
    Seconds({ description: '结束时间（单位：秒），与 start_time 同时给出，时间区间不能超过30天' }),
  ),
}

export const CustomerFollowListBody = Type.Object({
  ...olderFilters,
  user_id: Type.Optional(Text({ description: '员工id（员工id和客户id必须同时为空或者同时不为空）' })),
  external_user_id: Type.Optional(
    Text({ description: '客户id（员工id和客户id必须同时为空或者同时不为空）' }),
  ),
})
export type CustomerFollowListBody = Static<typeof CustomerFollowListBody>

export const OpportunityFollowListBody = Type.Object({
  ...olderFilters,
  opportunity_id: Type.Optional(Int64({ description: '商机id' })),
})
export type OpportunityFollowListBody = Static<typeof OpportunityFollowListBody>

const olderRecord = {
  record_type: IntEnum([1, 3, 4, 8], {
    description: '类型信息 1：客户跟进，3：商机跟进，4：未关联的线索跟进，8：线索跟进',
  }),
  contact_type: Nullable(Text({ description: '跟进方式' })),
  follow_content: Text({ description: '跟进内容' }),
  location_lat: Nullable(Text({ description: '拜访位置纬度' })),
  location_lng: Nullable(Text({ description: '拜访位置经度' })),
  location_name: Nullable(Text({ description: '拜访位置名称' })),
  user_id: Text({ description: '员工id' }),
  gmt_create: Seconds({ description: '创建时间（单位：秒）' }),
  attachment: Type.Array(
    Type.Object({
      cos_url: Nullable(Text({ description: '文件路径' })),
      file_extension: Nullable(Text({ description: '文件后缀' })),
      name: Nullable(Text({ description: '文件名' })),
      type: Nullable(Text({ description: '文件类型' })),
    }),
    { description: '附件' },
  ),
  field_map: AnyMap({ description: '自定义字段' }),
}

export const CustomerFollowRecord = Type.Object({
  follow_id: Int64({ description: '跟进id' }),
  external_user_id: Nullable(Text({ description: '客户id' })),
  external_user_name: Nullable(Text({ description: '客户名称' })),
  ...olderRecord,
})

export const OpportunityFollowRecord = Type.Object({
  follow_id: Int64({ description: '跟进id' }),
  stage_id: Nullable(Text({ description: '商机阶段id' })),
  opportunity_id: Nullable(Int64({ description: '商机id' })),
  opportunity_name: Nullable(Text({ description: '商机名称' })),
  ...olderRecord,
})

export const FollowTypeListBody = Type.Object({ ...paging })
export type FollowTypeListBody = Static<typeof FollowTypeListBody>

export const FollowTypeRecord = Type.Object({
  id: Int64({ description: '跟进方式ID' }),
  name: Text({ description: '跟进方式名称' }),
  builtin: Type.Boolean({ description: '是否系统内置' }),
  enabled: Type.Boolean({ description: '是否启用' }),
})
