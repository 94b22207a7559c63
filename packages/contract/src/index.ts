/**
 * What both sides of the wire agree on: schemas, the table of operations, the table of errors, the bundle.
 *
 * Glossary: one word, one meaning. Left: the name inside; right: the platform's word on the wire.
 *
 * - corp 企业: a company (tenant). Whatever is stored belongs to exactly one.
 * - app 应用 (`appid`): a program that a company lets in, with a secret 应用secret (`app_secret`).
 * - token 凭证 (`access_token`): what an app shows with every request; good for two hours.
 * - staff 员工 (`user_id`, `follow_user_id`): a member of the company who writes follow-ups.
 * - department 部门: a node of the company's tree; staff are in one or several.
 * - follow-up 跟进记录 (follow): who spoke to whom, when, how, what was said, what comes next. Written by staff, or by
 *   the system (系统跟进).
 * - follow method 跟进方式 (`follow_type`, `contact_type` = its name): how: 拜访, 电话联系, …
 * - target 跟进对象: what a follow-up is about: `business_type` + `business_id`, and the ids inside `target`.
 * - follow time 跟进时间 (`follow_time`): when it happened; create time (`create_time`): when it was written down.
 * - custom field 自定义字段 (`field_map`): a company's own fields.
 * - bundle: the NDJSON format of import and export.
 * - rule: a numbered sentence of docs/rules.md (C1, L1, …) that tests quote.
 */

export { ENGLISH } from '../../../tools/docs/english.ts'
export {
  BUNDLE_LINE_BYTES,
  BUNDLE_LINES,
  BUNDLE_RECORD_BYTES,
  type BundleKind,
  type BundleLine,
  CUSTOM_FIELD_TYPES,
  type FollowLine,
} from './bundle.ts'
export {
  CHANGES_LIMIT,
  type FollowChangesBody,
  type FollowReconcileBody,
  RECONCILE_DAYS,
  TOMBSTONE_DAYS,
} from './change-feed.ts'
export type {
  CustomFieldKeyBody,
  CustomFieldListBody,
  CustomFieldSaveBody,
  FollowTypeAddBody,
  FollowTypeIdBody,
  FollowTypeRenameBody,
} from './dictionary.ts'
export {
  type AccessTokenQuery,
  type DepartmentListQuery,
  type DepartmentMoveBody,
  type DepartmentSaveBody,
  type DepartmentWritten,
  DIRECTORY_DEPARTMENTS,
  DIRECTORY_MEMBERSHIPS,
  type DirectoryReplaceBody,
  STAFF_STATUSES,
  type StaffLeaveBody,
  type StaffListQuery,
  type StaffMoveBody,
  type StaffSaveBody,
  type StaffWritten,
} from './directory.ts'
export { COMMON_ERRORS, ERRORS, type ErrorName, type ErrorRow } from './errors.ts'
export {
  ATTACHMENT_TYPES,
  BUILTIN_FOLLOW_TYPES,
  type CustomerFollowListBody,
  FollowCreateBody,
  type FollowListBody,
  type FollowSystemListBody,
  type FollowTypeListBody,
  type OpportunityFollowListBody,
  TARGET_ID_KEYS,
  TARGET_TYPES,
  type TargetType,
} from './follow.ts'
export {
  BATCH_ROWS,
  type ChangeOp,
  type FollowBatchCreateBody,
  type FollowDeleteBody,
  type FollowGetBody,
  type FollowRestoreBody,
  type FollowUpdateBody,
  HISTORY_ENTRIES,
} from './follow-write.ts'
export { openapiDocument } from './openapi.ts'
export { type DataOf, type InputOf, OPERATIONS, type Operation, type OperationName } from './operations.ts'
