/**
 * The wire, as data: operations, schemas, errors, and the bundle. Server, client, API reference and tests are made from it.
 *
 * Glossary: one word, one meaning. The word in code and English prose, the word in Chinese (and on the wire).
 *
 * - corp 企业: a tenant; "company" in English prose. Everything stored belongs to exactly one.
 * - app 应用 (`appid`): a program that a corp admits, with a secret 应用密钥 (`app_secret`).
 * - token 凭证 (`access_token`): what an app presents with every request; valid for two hours.
 * - staff 员工 (`user_id`, `follow_user_id`): the members of a corp; they write follow-ups.
 * - department 部门: a node of the corp's tree. Staff and departments together are the directory 通讯录.
 * - follow-up 跟进记录, 跟进 (follow): who was in touch with whom, when, how, what was said, what comes next. Written by staff
 *   (员工跟进) or by the system (系统跟进).
 * - follow type 跟进方式 (`follow_type`; its name is `follow_type_desc` or `contact_type`): visit, phone call, … With the
 *   custom fields, the dictionary.
 * - target 跟进对象 (`business_type` and `business_id`, and the IDs inside `target`): what a follow-up is about.
 * - follow time 跟进时间 (`follow_time`): when it took place. Create time 创建时间 (`create_time`): when it was recorded.
 * - custom field 自定义字段 (`field_map`): a field that the corp defines.
 * - change feed 变更流: every change of follow-ups in commit order, read page by page with a cursor 游标 (`cursor`).
 * - tombstone 删除记录: what the feed keeps of a deleted follow-up, for 90 days.
 * - reconciliation 对账: count and checksum 校验和 of each day, to verify a copy.
 * - mirror 同步的表: a copy in tables or a folder that `genjin sync` keeps up to date.
 * - bundle 数据包: the NDJSON format of import and export.
 * - platform 平台: 企微管家, whose protocol this is. What genjin adds to it is marked `ours` in code, genjin 补充 in Chinese.
 * - revision, seq: count a corp's writes: seq those of follow-ups, revision all others. State: both together.
 * - block: 32 days of the follow time, the longer period of the counters. Driving index: the index a list is read by.
 * - person 人员: a staff member who signs in, with a role 角色: staff, manager 主管, admin 管理员.
 * - session 登录: where a person is signed in. Invitation 邀请: a link by which one signs in for the first time.
 * - audit trail 操作记录: who changed people, apps, settings and dictionaries.
 * - rule 规则: a numbered sentence of docs/rules.md (C1, L1, …), quoted by tests and comments.
 */

export {
  BUNDLE_LINE_BYTES,
  BUNDLE_LINES,
  BUNDLE_RECORD_BYTES,
  type BundleKind,
  type BundleLine,
  type FollowLine,
} from './bundle.ts'
export {
  type FollowReconcileBody,
  RECONCILE_DAYS,
  TOMBSTONE_DAYS,
} from './change-feed.ts'
export {
  BUILTIN_FOLLOW_TYPES,
  CUSTOM_FIELD_TYPES,
  type CustomFieldSaveBody,
} from './dictionary.ts'
export {
  type DepartmentWritten,
  DIRECTORY_DEPARTMENTS,
  DIRECTORY_MEMBERSHIPS,
  type StaffWritten,
} from './directory.ts'
export { ERRORS, type ErrorName } from './errors.ts'
export {
  FollowCreateBody,
  type FollowListBody,
  type FollowSystemListBody,
  TARGET_ID_KEYS,
  TARGET_TYPES,
  type TargetType,
} from './follow.ts'
export {
  BATCH_ROWS,
  type FollowUpdateBody,
  HISTORY_ENTRIES,
} from './follow-write.ts'
export type { CustomerFollowListBody } from './legacy-lists.ts'
export { openapiDocument } from './openapi.ts'
export {
  CALLER_NAMES,
  type Caller,
  type DataOf,
  type InputOf,
  OPERATIONS,
  type Operation,
  type OperationName,
} from './operations.ts'
export {
  INVITATION_HOURS,
  PASSWORD_LENGTH,
  type PersonLine,
  ROLES,
  type Role,
  type SignInWay,
} from './people.ts'
