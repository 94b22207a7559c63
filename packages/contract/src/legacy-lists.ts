import type { Static } from 'typebox'
import { AnyMap, described, Int64, IntEnum, Nullable, optional, paging, Seconds, Text } from './schema.ts'
import { TERMS } from './terms.ts'
import { Type } from './type.ts'

const legacyFilters = optional({
  user_id: Text(TERMS.staffId),
  external_user_id: Text(TERMS.customerId),
  follow_id: Int64(TERMS.followId),
  start_time: Seconds({
    zh: '创建时间的开始（秒级时间戳），须与 end_time 同时传，区间不超过 30 天',
    en: 'first second of the create time; required with end_time, at most 30 days apart',
  }),
  end_time: Seconds({
    zh: '创建时间的结束（秒级时间戳），须与 start_time 同时传，区间不超过 30 天',
    en: 'last second of the create time; required with start_time, at most 30 days apart',
  }),
})

export const CustomerFollowListBody = Type.Object({
  ...paging,
  ...legacyFilters,
  ...optional({
    user_id: Text({
      zh: '员工ID，须与 external_user_id 同时传或同时不传',
      en: 'staff ID, together with external_user_id or not at all',
    }),
    external_user_id: Text({
      zh: '客户ID，须与 user_id 同时传或同时不传',
      en: 'customer ID, together with user_id or not at all',
    }),
  }),
})
export type CustomerFollowListBody = Static<typeof CustomerFollowListBody>

export const OpportunityFollowListBody = Type.Object({
  ...paging,
  ...legacyFilters,
  opportunity_id: Type.Optional(Int64(TERMS.opportunityId)),
})

const legacyRecord = {
  record_type: IntEnum([1, 3, 4, 8], {
    zh: '类型：1-客户跟进，3-商机跟进，4-未关联客户的线索跟进，8-已关联客户的线索跟进',
    en: 'target type: 1 customer, 3 opportunity, 4 clue without a customer, 8 clue with a customer',
  }),
  contact_type: Nullable(Text(TERMS.followTypeName)),
  follow_content: Text(TERMS.content),
  location_lat: Nullable(Text(TERMS.latitude)),
  location_lng: Nullable(Text(TERMS.longitude)),
  location_name: Nullable(Text(TERMS.place)),
  user_id: Text(TERMS.staffId),
  gmt_create: Seconds({ zh: '创建时间（秒级时间戳）', en: 'when the follow-up was recorded, in seconds' }),
  attachment: Type.Array(
    Type.Object({
      cos_url: Nullable(Text(TERMS.fileUrl)),
      file_extension: Nullable(Text(TERMS.fileExtension)),
      name: Nullable(Text(TERMS.fileName)),
      type: Nullable(Text(TERMS.fileType)),
    }),
    described({ zh: '附件', en: 'attachments' }),
  ),
  field_map: AnyMap(TERMS.fieldMap),
}

export const CustomerFollowRecord = Type.Object({
  follow_id: Int64(TERMS.followId),
  external_user_id: Nullable(Text(TERMS.customerId)),
  external_user_name: Nullable(Text({ zh: '客户名称', en: 'customer name' })),
  ...legacyRecord,
})

export const OpportunityFollowRecord = Type.Object({
  follow_id: Int64(TERMS.followId),
  stage_id: Nullable(Text(TERMS.stageId)),
  opportunity_id: Nullable(Int64(TERMS.opportunityId)),
  opportunity_name: Nullable(Text({ zh: '商机名称', en: 'opportunity name' })),
  ...legacyRecord,
})
