import type { Static } from 'typebox'
import {
  AnyMap,
  Bool,
  Day,
  described,
  GivenMilliseconds,
  GivenMillisecondsOrZero,
  IdText,
  Int64,
  IntEnum,
  List,
  Milliseconds,
  Nullable,
  optional,
  PartialObject,
  paging,
  StringEnum,
  Text,
} from './schema.ts'
import { TERMS } from './terms.ts'
import { Type } from './type.ts'

/** What a follow-up can be about: `business_type` of the record, `target_type` of the filter (L5). */
export const TARGET_TYPES = [1, 3, 4, 9, 10, 11, 12] as const
export type TargetType = (typeof TARGET_TYPES)[number]

const filters = optional({
  target_type: IntEnum(TARGET_TYPES, TERMS.targetType),
  target_id_list: List(Text(), {
    zh: '跟进对象ID列表：business_id 或 target 中任意一个 ID 匹配即可',
    en: 'target IDs: business_id or any ID inside target must be one of them',
  }),
  id_list: List(Int64(), { zh: '跟进ID列表', en: 'follow-up IDs' }),
  follow_user_ids: List(Text(), {
    zh: '跟进人ID列表',
    en: 'IDs of the staff members who wrote the follow-ups',
  }),
  follow_dep_ids: List(Int64(), {
    zh: '跟进人部门ID列表：按跟进人当前所在部门筛选，默认包含下级部门',
    en: 'IDs of the departments that the writers belong to now, subdepartments included by default',
  }),
  fetch_child: IntEnum([0, 1], {
    default: 1,
    zh: '是否包含 follow_dep_ids 的下级部门：1-包含，0-不包含',
    en: 'whether follow_dep_ids includes subdepartments: 1 yes, 0 no',
    'x-origin': 'ours',
  }),
  title: Text({ zh: '标题，精确匹配', en: 'title, exact match' }),
  follow_time_start: Day({
    zh: '跟进时间的开始日期（含），格式 yyyy-MM-dd',
    en: 'first day of the follow time, yyyy-MM-dd',
  }),
  follow_time_end: Day({
    zh: '跟进时间的结束日期（含），格式 yyyy-MM-dd',
    en: 'last day of the follow time (inclusive), yyyy-MM-dd',
  }),
})

export const FollowListBody = Type.Object({
  ...paging,
  ...filters,
  follow_type_list: Type.Optional(List(Int64(), { zh: '跟进方式ID列表', en: 'follow type IDs' })),
  follow_type_name: Type.Optional(
    Text({ zh: '跟进方式名称，精确匹配', en: 'follow type name, exact match' }),
  ),
})
export type FollowListBody = Static<typeof FollowListBody>

export const FollowSystemListBody = Type.Object({
  ...paging,
  ...filters,
  title: Type.Optional(Text({ zh: '系统跟进类型', en: 'kind of system follow-up' })),
})
export type FollowSystemListBody = Static<typeof FollowSystemListBody>

const targetIds = {
  contact_id: { zh: '联系人ID', en: 'contact ID' },
  external_id: { zh: '外部联系人ID', en: 'external contact ID (customer)' },
  company_id: { zh: '企业ID', en: 'company ID' },
  chat_id: { zh: '群聊ID', en: 'group chat ID' },
  clue_id: { zh: '线索ID', en: 'clue ID' },
}

/** The IDs inside `target`, in the order of the wire. */
export const TARGET_ID_KEYS = Object.keys(targetIds) as (keyof typeof targetIds)[]

export const Target = Type.Object(
  {
    contact_id: Nullable(Text(targetIds.contact_id)),
    external_id: Nullable(Text(targetIds.external_id)),
    company_id: Nullable(Text(targetIds.company_id)),
    chat_id: Nullable(Text(targetIds.chat_id)),
    clue_id: Nullable(Text(targetIds.clue_id)),
    is_ai: Nullable(Bool(TERMS.isAi)),
  },
  described(TERMS.target),
)

export const ATTACHMENT_TYPES = ['web', 'file', 'video', 'image'] as const

export const Attachment = Type.Object({
  cos_url: Nullable(Text(TERMS.fileUrl)),
  file_extension: Nullable(Text(TERMS.fileExtension)),
  material_id: Nullable(Text(TERMS.materialId)),
  name: Nullable(Text(TERMS.fileName)),
  type: Nullable(Text({ zh: '文件类型：web、file、video、image', en: 'file type: web, file, video, image' })),
})

/** What every record holds, written by staff or by the system. */
const commonRecord = {
  id: Int64(TERMS.followId),
  follow_user_id: Text(TERMS.followUserId),
  content: Text(TERMS.content),
  target: Target,
  business_type: IntEnum(TARGET_TYPES, TERMS.businessType),
  business_id: Text(TERMS.businessId),
}

export const FollowRecord = Type.Object({
  ...commonRecord,
  follow_type: Nullable(Int64(TERMS.followTypeId)),
  follow_type_desc: Nullable(
    Text({ zh: '跟进方式名称（当前名称）', en: 'name of the follow type as it is now' }),
  ),
  field_map: AnyMap(TERMS.fieldMap),
  attachment_list: Type.Array(Attachment, described({ zh: '附件列表', en: 'attachments' })),
  location: Nullable(
    Type.Object(
      {
        location_lat: Nullable(Text(TERMS.latitude)),
        location_lng: Nullable(Text(TERMS.longitude)),
        location_address: Nullable(Text(TERMS.place)),
      },
      described({ zh: '跟进地点', en: 'where the follow-up took place' }),
    ),
  ),
  follow_time: Milliseconds(TERMS.followTime),
  remind: Nullable(
    Type.Object(
      {
        is_remind: Nullable(IntEnum([0, 1], TERMS.isRemind)),
        time: Nullable(Milliseconds(TERMS.remindTime)),
        before: Nullable(Int64({ ...TERMS.remindBefore, 'x-unit': 'ms' })),
        user_ids: Type.Array(Text(), described(TERMS.remindUserIds)),
        content: Nullable(Text(TERMS.remindContent)),
      },
      described(TERMS.remind),
    ),
  ),
})

export const SystemFollowRecord = Type.Object({
  ...commonRecord,
  title: Nullable(Text({ zh: '系统跟进类型', en: 'kind of system follow-up' })),
  follow_time: Milliseconds(TERMS.followTime),
  create_time: Milliseconds(TERMS.createTime),
})

export const CONTENT_LENGTH = 100_000

/** @param time when the next follow-up is due */
export function reminder(time: ReturnType<typeof Milliseconds>) {
  return PartialObject({
    is_remind: IntEnum([0, 1], TERMS.isRemind),
    time,
    before: Int64({ minimum: 0, ...TERMS.remindBefore, 'x-unit': 'ms' }),
    user_ids: List(IdText(), TERMS.remindUserIds),
    content: Text({ maxLength: CONTENT_LENGTH, ...TERMS.remindContent }),
  })
}

/** Parts of a follow-up that create (N2) reads; the bundle reads most of them alike. */
export const written = {
  target: PartialObject({
    contact_id: IdText(targetIds.contact_id),
    external_id: IdText(targetIds.external_id),
    company_id: IdText(targetIds.company_id),
    chat_id: IdText(targetIds.chat_id),
    clue_id: IdText(targetIds.clue_id),
    is_ai: Bool(TERMS.isAi),
  }),
  remind: reminder(GivenMillisecondsOrZero(TERMS.remindTime)),
  fieldMap: AnyMap(TERMS.fieldMap),
}

export const FollowCreateBody = Type.Object({
  type: Type.Optional(
    IntEnum([0, 1, 2], {
      zh: '跟进对象类型：0-线索，1-客户，2-商机；传了 target_type 时可不传',
      en: 'target type: 0 clue, 1 customer, 2 opportunity; not needed with target_type',
    }),
  ),
  id: IdText({
    zh: '跟进对象ID：type=0 时为线索ID，type=1 时为客户ID，type=2 时为商机ID',
    en: 'target ID: the clue (type=0), customer (type=1) or opportunity (type=2)',
  }),
  user_id: IdText(TERMS.staffId),
  contact_type: IdText(TERMS.followTypeName),
  follow_content: Text({ maxLength: CONTENT_LENGTH, ...TERMS.content }),
  ...optional({
    location_lat: IdText(TERMS.latitude),
    location_lng: IdText(TERMS.longitude),
    location_name: Text({ maxLength: 1000, ...TERMS.place }),
    stage_id: Int64({
      zh: '商机阶段ID，type=2 时必填',
      en: 'ID of the opportunity stage, required with type=2',
    }),
    field_map: written.fieldMap,
    attachment: List(
      PartialObject({
        cos_url: Text({ maxLength: 4096, ...TERMS.fileUrl }),
        file_extension: Text({ maxLength: 64, ...TERMS.fileExtension }),
        name: Text({ maxLength: 1000, ...TERMS.fileName }),
        type: StringEnum(ATTACHMENT_TYPES, TERMS.fileType),
      }),
      { maxItems: 9, zh: '附件', en: 'attachments' },
    ),
    target_type: IntEnum(TARGET_TYPES, {
      zh: `${TERMS.targetType.zh}；传了就代替 type`,
      en: `${TERMS.targetType.en}; takes the place of type`,
      'x-origin': 'ours',
    }),
    target: Type.Unsafe<Static<typeof written.target>>({
      ...written.target,
      ...described({ ...TERMS.target, 'x-origin': 'ours' }),
    }),
    title: IdText({ ...TERMS.title, 'x-origin': 'ours' }),
    is_ai: Bool({ ...TERMS.isAi, 'x-origin': 'ours' }),
    follow_time: GivenMilliseconds({
      zh: '跟进时间（毫秒时间戳），默认为当前时间',
      en: 'when the follow-up took place, in ms; now by default',
      'x-origin': 'ours',
    }),
    remind: Type.Unsafe<Static<typeof written.remind>>({
      ...written.remind,
      ...described({ ...TERMS.remind, 'x-origin': 'ours' }),
    }),
  }),
})
export type FollowCreateBody = Static<typeof FollowCreateBody>
