import { type Static, type TObject, type TSchema, Type } from 'typebox'
import { FollowChanges, FollowChangesBody, FollowReconcile, FollowReconcileBody } from './change-feed.ts'
import {
  CustomFieldKeyBody,
  CustomFieldListBody,
  CustomFieldRecord,
  CustomFieldSaveBody,
  FollowTypeAddBody,
  FollowTypeIdBody,
  FollowTypeRenameBody,
} from './dictionary.ts'
import {
  AccessToken,
  AccessTokenQuery,
  DepartmentListQuery,
  DepartmentMoveBody,
  DepartmentRecord,
  DepartmentSaveBody,
  DIRECTORY_BYTES,
  DIRECTORY_STAFF,
  DirectoryCounts,
  DirectoryReplaceBody,
  SavedCounts,
  StaffLeaveBody,
  StaffListQuery,
  StaffMoveBody,
  StaffRecord,
  StaffSaveBody,
} from './directory.ts'
import { COMMON_ERRORS, type ErrorName } from './errors.ts'
import {
  CustomerFollowListBody,
  CustomerFollowRecord,
  FollowCreateBody,
  FollowListBody,
  FollowRecord,
  FollowSystemListBody,
  FollowTypeListBody,
  FollowTypeRecord,
  OpportunityFollowListBody,
  OpportunityFollowRecord,
  SystemFollowRecord,
} from './follow.ts'
import {
  FollowBatchCreateBody,
  FollowBatchResult,
  FollowDeleteBody,
  FollowGetBody,
  FollowGetData,
  FollowRestoreBody,
  FollowUpdateBody,
  FollowVersion,
} from './follow-write.ts'
import { Int64 } from './schema.ts'

/** One HTTP operation, as data: server, OpenAPI and docs read this table. */
export interface Operation {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly zh: string
  readonly en: string
  /** `platform`: documented by 企微管家, kept to the letter. `ours`: added by genjin. */
  readonly origin: 'platform' | 'ours'
  /** Whether the query must carry `access_token` (C1). */
  readonly auth: boolean
  readonly query?: TObject
  readonly body?: TObject
  /** A request that the demo company answers with data: the body of a POST, the query of a GET. */
  readonly example?: Readonly<Record<string, unknown>>
  /** Shape of `data` on success. */
  readonly data: TSchema
  /** `msg` on success. */
  readonly okMsg: string
  readonly errors: readonly ErrorName[]
  /** Writes: takes the header `Idempotency-Key` (N2). */
  readonly keyed?: boolean
  /** Largest body in bytes, and longest list in it, where they are not 1 MiB and 1,000 (C8). */
  readonly limits?: { readonly bytes: number; readonly entries: number }
}

/** A page of records with the exact number of all that match. */
function pageOf<Row extends TSchema>(record: Row) {
  return Type.Object({
    total: Int64({ description: '总条数' }),
    records: Type.Array(record, { description: '记录' }),
  })
}

const OK = '请求成功'

/** Errors that any write may answer with. */
const WRITE_ERRORS = [...COMMON_ERRORS, 'keyReused'] as const satisfies readonly ErrorName[]

/** What the operations have in common that genjin adds and that read. */
const OUR_READ = { method: 'POST', origin: 'ours', auth: true, okMsg: OK } as const

/** The same of those that write. */
const OUR_WRITE = { ...OUR_READ, keyed: true } as const

export const OPERATIONS = {
  accessToken: {
    method: 'GET',
    path: '/openapi/access_token',
    zh: '获取access_token',
    en: 'Get an access token',
    origin: 'platform',
    auth: false,
    query: AccessTokenQuery,
    data: AccessToken,
    okMsg: 'ok',
    errors: [
      'credentialsWrong',
      'paramMissing',
      'paramInvalid',
      'tooMany',
      'methodWrong',
      'internal',
      'notReady',
    ],
  },
  followList: {
    method: 'POST',
    path: '/openapi/crm/follow/list',
    zh: '员工跟进列表',
    en: 'List follow-ups written by staff',
    origin: 'platform',
    auth: true,
    body: FollowListBody,
    example: {
      target_type: 1,
      target_id_list: ['123'],
      follow_time_start: '2025-01-01',
      follow_time_end: '2025-01-31',
      current_index: 1,
      page_size: 1,
    },
    data: pageOf(FollowRecord),
    okMsg: OK,
    errors: COMMON_ERRORS,
  },
  followListForSystem: {
    method: 'POST',
    path: '/openapi/crm/follow/listForSystem',
    zh: '系统跟进列表',
    en: 'List follow-ups written by the system',
    origin: 'platform',
    auth: true,
    body: FollowSystemListBody,
    example: { target_type: 1, follow_time_end: '2025-12-31', current_index: 1, page_size: 1 },
    data: pageOf(SystemFollowRecord),
    okMsg: OK,
    errors: COMMON_ERRORS,
  },
  followCreate: {
    method: 'POST',
    path: '/openapi/crm/follow/create',
    zh: '创建跟进记录',
    en: 'Create a follow-up',
    origin: 'platform',
    auth: true,
    body: FollowCreateBody,
    example: {
      type: 1,
      id: '123',
      user_id: 'user123',
      contact_type: '电话联系',
      follow_content: '电话沟通了报价，客户周五前答复',
    },
    data: Int64({ description: '跟进id' }),
    okMsg: OK,
    errors: WRITE_ERRORS,
    keyed: true,
  },
  followUpdate: {
    ...OUR_WRITE,
    path: '/openapi/crm/follow/update',
    zh: '修改跟进记录',
    en: 'Change a follow-up',
    body: FollowUpdateBody,
    example: {
      follow_id: 789,
      user_id: 'user123',
      version: 1,
      follow_content: '电话沟通了报价，客户改为周四答复',
    },
    data: FollowVersion,
    errors: [...WRITE_ERRORS, 'notFound', 'versionConflict', 'conflict'],
  },
  followDelete: {
    ...OUR_WRITE,
    path: '/openapi/crm/follow/delete',
    zh: '删除跟进记录',
    en: 'Delete a follow-up',
    body: FollowDeleteBody,
    example: { follow_id: 789, user_id: 'user123', reason: '重复录入' },
    data: FollowVersion,
    errors: [...WRITE_ERRORS, 'notFound', 'versionConflict', 'conflict'],
  },
  followRestore: {
    ...OUR_WRITE,
    path: '/openapi/crm/follow/restore',
    zh: '恢复跟进记录',
    en: 'Restore a deleted follow-up',
    body: FollowRestoreBody,
    example: { follow_id: 789, user_id: 'user123', reason: '误删' },
    data: FollowVersion,
    errors: [...WRITE_ERRORS, 'notFound', 'conflict'],
  },
  followBatchCreate: {
    ...OUR_WRITE,
    path: '/openapi/crm/follow/batchCreate',
    zh: '批量创建跟进记录',
    en: 'Create up to 100 follow-ups',
    body: FollowBatchCreateBody,
    example: {
      records: [
        { type: 1, id: '123', user_id: 'user123', contact_type: '拜访', follow_content: '送去样品' },
        { type: 1, id: '123', user_id: 'user999', contact_type: '拜访', follow_content: '取回样品' },
      ],
      atomic: false,
    },
    data: FollowBatchResult,
    errors: WRITE_ERRORS,
  },
  followGet: {
    ...OUR_READ,
    path: '/openapi/crm/follow/get',
    zh: '跟进记录详情',
    en: 'One follow-up with its version and history',
    body: FollowGetBody,
    example: { follow_id: 789 },
    data: FollowGetData,
    errors: [...COMMON_ERRORS, 'notFound'],
  },
  followChanges: {
    ...OUR_READ,
    path: '/openapi/crm/follow/changes',
    zh: '跟进变更流',
    en: 'Every change of follow-ups in commit order',
    body: FollowChangesBody,
    example: { limit: 1 },
    data: FollowChanges,
    errors: [...COMMON_ERRORS, 'cursorExpired'],
  },
  followReconcile: {
    ...OUR_READ,
    path: '/openapi/crm/follow/reconcile',
    zh: '跟进对账',
    en: 'Count and checksum of each day',
    body: FollowReconcileBody,
    example: { follow_time_start: '2025-01-15', follow_time_end: '2025-01-16' },
    data: FollowReconcile,
    errors: COMMON_ERRORS,
  },
  customerFollowList: {
    method: 'POST',
    path: '/openapi/crm/follow/customer/list',
    zh: '获取客户跟进记录',
    en: 'List follow-ups of customers (older list)',
    origin: 'platform',
    auth: true,
    body: CustomerFollowListBody,
    example: { start_time: 1735660800, end_time: 1738252799, current_index: 1, page_size: 1 },
    data: pageOf(CustomerFollowRecord),
    okMsg: OK,
    errors: COMMON_ERRORS,
  },
  opportunityFollowList: {
    method: 'POST',
    path: '/openapi/crm/follow/opportunity/list',
    zh: '获取商机跟进记录',
    en: 'List follow-ups of opportunities (older list)',
    origin: 'platform',
    auth: true,
    body: OpportunityFollowListBody,
    example: { start_time: 1735660800, end_time: 1738252799, current_index: 1, page_size: 1 },
    data: pageOf(OpportunityFollowRecord),
    okMsg: OK,
    errors: COMMON_ERRORS,
  },
  followTypeList: {
    ...OUR_READ,
    path: '/openapi/crm/follow/type/list',
    zh: '跟进方式列表',
    en: 'List follow methods',
    body: FollowTypeListBody,
    example: { current_index: 1, page_size: 2 },
    data: pageOf(FollowTypeRecord),
    errors: COMMON_ERRORS,
  },
  followTypeAdd: {
    ...OUR_WRITE,
    path: '/openapi/crm/follow/type/add',
    zh: '新增跟进方式',
    en: 'Add a follow method',
    body: FollowTypeAddBody,
    example: { name: '视频会议' },
    data: FollowTypeRecord,
    errors: [...WRITE_ERRORS, 'conflict'],
  },
  followTypeRename: {
    ...OUR_WRITE,
    path: '/openapi/crm/follow/type/rename',
    zh: '跟进方式改名',
    en: 'Rename a follow method',
    body: FollowTypeRenameBody,
    example: { id: 10, name: '微信语音通话' },
    data: FollowTypeRecord,
    errors: [...WRITE_ERRORS, 'notFound', 'conflict'],
  },
  followTypeDisable: {
    ...OUR_WRITE,
    path: '/openapi/crm/follow/type/disable',
    zh: '停用跟进方式',
    en: 'Disable a follow method',
    body: FollowTypeIdBody,
    example: { id: 11 },
    data: FollowTypeRecord,
    errors: [...WRITE_ERRORS, 'notFound'],
  },
  followTypeEnable: {
    ...OUR_WRITE,
    path: '/openapi/crm/follow/type/enable',
    zh: '启用跟进方式',
    en: 'Enable a follow method',
    body: FollowTypeIdBody,
    example: { id: 11 },
    data: FollowTypeRecord,
    errors: [...WRITE_ERRORS, 'notFound'],
  },
  followTypeDelete: {
    ...OUR_WRITE,
    path: '/openapi/crm/follow/type/delete',
    zh: '删除跟进方式',
    en: 'Delete a follow method that nothing uses',
    body: FollowTypeIdBody,
    data: FollowTypeRecord,
    errors: [...WRITE_ERRORS, 'notFound', 'conflict'],
  },
  customFieldList: {
    ...OUR_READ,
    path: '/openapi/crm/follow/field/list',
    zh: '自定义字段列表',
    en: 'List custom fields',
    body: CustomFieldListBody,
    example: { current_index: 1, page_size: 2 },
    data: pageOf(CustomFieldRecord),
    errors: COMMON_ERRORS,
  },
  customFieldSave: {
    ...OUR_WRITE,
    path: '/openapi/crm/follow/field/save',
    zh: '保存自定义字段',
    en: 'Add or change a custom field',
    body: CustomFieldSaveBody,
    example: { key: 'level', name: '客户等级', type: 'single', options: [{ id: 'a', name: '重点' }] },
    data: CustomFieldRecord,
    errors: [...WRITE_ERRORS, 'conflict'],
  },
  customFieldDelete: {
    ...OUR_WRITE,
    path: '/openapi/crm/follow/field/delete',
    zh: '删除自定义字段',
    en: 'Delete a custom field',
    body: CustomFieldKeyBody,
    example: { key: 'level' },
    data: CustomFieldRecord,
    errors: [...WRITE_ERRORS, 'notFound'],
  },
  staffList: {
    method: 'GET',
    path: '/openapi/department/user/list',
    zh: '员工列表',
    en: 'List staff',
    origin: 'platform',
    auth: true,
    query: StaffListQuery,
    example: { current_index: 1, page_size: 1 },
    data: pageOf(StaffRecord),
    okMsg: OK,
    errors: COMMON_ERRORS,
  },
  departmentList: {
    method: 'GET',
    path: '/openapi/department/list',
    zh: '部门列表',
    en: 'List departments',
    origin: 'ours',
    auth: true,
    query: DepartmentListQuery,
    example: { current_index: 1, page_size: 2 },
    data: pageOf(DepartmentRecord),
    okMsg: OK,
    errors: COMMON_ERRORS,
  },
  staffSave: {
    ...OUR_WRITE,
    path: '/openapi/department/user/save',
    zh: '批量保存员工',
    en: 'Add or replace staff',
    body: StaffSaveBody,
    example: { staff: [{ user_id: 'zhang', name: '张岚', department_ids: [1001], position: '销售' }] },
    data: SavedCounts,
    errors: WRITE_ERRORS,
  },
  staffLeave: {
    ...OUR_WRITE,
    path: '/openapi/department/user/leave',
    zh: '员工离职',
    en: 'Mark staff as having left',
    body: StaffLeaveBody,
    example: { user_ids: ['zhang'] },
    data: SavedCounts,
    errors: [...WRITE_ERRORS, 'notFound'],
  },
  staffMove: {
    ...OUR_WRITE,
    path: '/openapi/department/user/move',
    zh: '员工调动部门',
    en: 'Move staff to other departments',
    body: StaffMoveBody,
    example: { user_ids: ['zhang'], department_ids: [1002] },
    data: SavedCounts,
    errors: [...WRITE_ERRORS, 'notFound'],
  },
  departmentSave: {
    ...OUR_WRITE,
    path: '/openapi/department/save',
    zh: '批量保存部门',
    en: 'Add or replace departments',
    body: DepartmentSaveBody,
    example: {
      departments: [
        { id: 2001, name: '上海三组', parent_id: 101 },
        { id: 2002, name: '上海四组', parent_id: 101 },
      ],
    },
    data: SavedCounts,
    errors: [...WRITE_ERRORS, 'conflict'],
  },
  departmentMove: {
    ...OUR_WRITE,
    path: '/openapi/department/move',
    zh: '部门调整上级',
    en: 'Move a department below another',
    body: DepartmentMoveBody,
    example: { id: 2001, parent_id: 102 },
    data: SavedCounts,
    errors: [...WRITE_ERRORS, 'notFound', 'conflict'],
  },
  directoryReplace: {
    ...OUR_WRITE,
    path: '/openapi/department/replace',
    zh: '整体替换通讯录',
    en: 'Replace the whole directory',
    body: DirectoryReplaceBody,
    example: {
      departments: [
        { id: 1, name: '销售部' },
        { id: 2, name: '华东', parent_id: 1 },
      ],
      staff: [
        { user_id: 'user123', name: '张伟', department_ids: [1] },
        { user_id: 'zhang', name: '张岚', department_ids: [2] },
      ],
    },
    data: DirectoryCounts,
    errors: [...WRITE_ERRORS, 'conflict', 'tooMany'],
    limits: { bytes: DIRECTORY_BYTES, entries: DIRECTORY_STAFF },
  },
} as const satisfies Record<string, Operation>

export type OperationName = keyof typeof OPERATIONS

/** What an operation takes, by its name: the body of a POST, the query of a GET. */
export type InputOf<Name extends OperationName> = (typeof OPERATIONS)[Name] extends {
  readonly body: infer Body extends TSchema
}
  ? Static<Body>
  : (typeof OPERATIONS)[Name] extends { readonly query: infer Query extends TSchema }
    ? Static<Query>
    : never

/** What an operation returns as `data`, by its name. */
export type DataOf<Name extends OperationName> = Static<(typeof OPERATIONS)[Name]['data']>
