import type { Static, TObject, TSchema } from 'typebox'
import { AccessToken, AccessTokenQuery } from './access-token.ts'
import * as app from './app.ts'
import * as audit from './audit.ts'
import * as feed from './change-feed.ts'
import * as dictionary from './dictionary.ts'
import * as directory from './directory.ts'
import { COMMON_ERRORS, type ErrorName } from './errors.ts'
import * as follow from './follow.ts'
import * as write from './follow-write.ts'
import * as legacy from './legacy-lists.ts'
import * as me from './me.ts'
import * as people from './people.ts'
import { described, Int64, PagingInput } from './schema.ts'
import { TERMS } from './terms.ts'
import { Type } from './type.ts'

/**
 * Who can call operations: an app, an app that only reads, and a person by role. An operation's `callers` says who may; what of
 * the data each may see and do beside that is decided in the server's services.
 */
export const CALLERS = ['app', 'readOnlyApp', 'staff', 'manager', 'admin'] as const
export type Caller = (typeof CALLERS)[number]

/** Whether a caller is an app, known by its token, and not a person, known by a session. */
export function isApp(caller: Caller): boolean {
  return caller === 'app' || caller === 'readOnlyApp'
}

/** Callers as messages and documents name them. */
export const CALLER_NAMES: Readonly<Record<Caller, { readonly zh: string; readonly en: string }>> = {
  app: { zh: '应用', en: 'apps' },
  readOnlyApp: { zh: '只读应用', en: 'read-only apps' },
  staff: { zh: '员工', en: 'staff' },
  manager: { zh: '主管', en: 'managers' },
  admin: { zh: '管理员', en: 'administrators' },
}

/** One HTTP operation, as data: the server, OpenAPI, the client and the API reference are made from this table. */
export interface Operation {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly zh: string
  readonly en: string
  /** `platform`: documented by 企微管家, kept to the letter. `ours`: added by genjin. */
  readonly origin: 'platform' | 'ours'
  /** Whether a token or a session is required (C1). */
  readonly auth: boolean
  /** Who may call it; nobody in particular where no token is required. */
  readonly callers: readonly Caller[]
  readonly query?: TObject
  readonly body?: TObject
  /** A request that succeeds on the demo corp: the body of a POST, the query of a GET. */
  readonly example?: Readonly<Record<string, unknown>>
  /** Shape of `data` on success. */
  readonly data: TSchema
  /** `msg` on success. */
  readonly okMsg: string
  readonly errors: readonly ErrorName[]
  /** Whether it takes the header `Idempotency-Key` (N2): every write does whose answer may be stored. */
  readonly keyed?: boolean
  /** A write whose answer holds a secret, or that is made with one: no answer is stored, so that it takes no key. */
  readonly secret?: boolean
  /** Largest body in bytes and longest list in it, where they differ from 1 MiB and 1,000 (C8). */
  readonly limits?: { readonly bytes: number; readonly entries: number }
}

/** Where an operation comes from, as the API reference says it. */
export const ORIGINS = {
  platform: { zh: '平台接口', en: 'platform' },
  ours: { zh: 'genjin 补充', en: 'added by genjin' },
} as const

/** A page of records with the exact number of all that match. */
function pageOf<Row extends TSchema>(record: Row) {
  return Type.Object({
    total: Int64({ zh: '总条数', en: 'number of all that match' }),
    records: Type.Array(record, described({ zh: '记录', en: 'the records' })),
  })
}

/** Errors that every write may return. */
const WRITE_ERRORS = [...COMMON_ERRORS, 'keyReused'] as const satisfies readonly ErrorName[]

/** What the operations of each kind have in common. */
const PLATFORM = {
  method: 'POST',
  origin: 'platform',
  auth: true,
  callers: CALLERS,
  okMsg: '请求成功',
  errors: COMMON_ERRORS,
} as const
const OUR_READ = { ...PLATFORM, origin: 'ours' } as const
const OUR_WRITE = { ...OUR_READ, keyed: true, errors: WRITE_ERRORS } as const

/** Everyone but apps that only read. */
const WRITERS = ['app', 'staff', 'manager', 'admin'] as const satisfies readonly Caller[]
/** Those who see the whole company. */
const OF_COMPANY = ['app', 'readOnlyApp', 'admin'] as const satisfies readonly Caller[]
const PEOPLE = ['staff', 'manager', 'admin'] as const satisfies readonly Caller[]

const FOLLOW_WRITE = { ...OUR_WRITE, callers: WRITERS } as const
/** Changes what the whole company uses: dictionary and directory. */
const SETTING = { ...OUR_WRITE, callers: ['app', 'admin'] } as const
const ADMIN_READ = { ...OUR_READ, callers: ['admin'] } as const
const ADMIN_WRITE = { ...OUR_WRITE, callers: ['admin'] } as const
const SECRET_WRITE = { ...OUR_READ, callers: ['admin'], secret: true } as const
const OWN_WRITE = { ...OUR_WRITE, callers: PEOPLE } as const

export const OPERATIONS = {
  accessToken: {
    method: 'GET',
    path: '/openapi/access_token',
    zh: '获取 access_token',
    en: 'Get an access token',
    origin: 'platform',
    auth: false,
    callers: [],
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
    ...PLATFORM,
    path: '/openapi/crm/follow/list',
    zh: '员工跟进列表',
    en: 'List staff follow-ups',
    body: follow.FollowListBody,
    example: {
      target_type: 1,
      target_id_list: ['123'],
      follow_time_start: '2025-01-01',
      follow_time_end: '2025-01-31',
      current_index: 1,
      page_size: 1,
    },
    data: pageOf(follow.FollowRecord),
  },
  followListForSystem: {
    ...PLATFORM,
    path: '/openapi/crm/follow/listForSystem',
    zh: '系统跟进列表',
    en: 'List system follow-ups',
    body: follow.FollowSystemListBody,
    example: { target_type: 1, follow_time_end: '2025-12-31', current_index: 1, page_size: 1 },
    data: pageOf(follow.SystemFollowRecord),
  },
  followCreate: {
    ...PLATFORM,
    path: '/openapi/crm/follow/create',
    zh: '创建跟进记录',
    en: 'Create a follow-up',
    body: follow.FollowCreateBody,
    example: {
      type: 1,
      id: '123',
      user_id: 'user123',
      contact_type: '电话联系',
      follow_content: '电话沟通了报价，客户周五前答复',
    },
    data: Int64(TERMS.followId),
    errors: WRITE_ERRORS,
    callers: WRITERS,
    keyed: true,
  },
  followUpdate: {
    ...FOLLOW_WRITE,
    path: '/openapi/crm/follow/update',
    zh: '修改跟进记录',
    en: 'Update a follow-up',
    body: write.FollowUpdateBody,
    example: {
      follow_id: 789,
      user_id: 'user123',
      version: 1,
      follow_content: '电话沟通了报价，客户改为周四答复',
    },
    data: write.FollowVersion,
    errors: [...WRITE_ERRORS, 'notFound', 'versionConflict', 'conflict'],
  },
  followDelete: {
    ...FOLLOW_WRITE,
    path: '/openapi/crm/follow/delete',
    zh: '删除跟进记录',
    en: 'Delete a follow-up',
    body: write.FollowDeleteBody,
    example: { follow_id: 789, user_id: 'user123', reason: '重复录入' },
    data: write.FollowVersion,
    errors: [...WRITE_ERRORS, 'notFound', 'versionConflict', 'conflict'],
  },
  followRestore: {
    ...FOLLOW_WRITE,
    path: '/openapi/crm/follow/restore',
    zh: '恢复跟进记录',
    en: 'Restore a deleted follow-up',
    body: write.FollowRestoreBody,
    example: { follow_id: 789, user_id: 'user123', reason: '误删' },
    data: write.FollowVersion,
    errors: [...WRITE_ERRORS, 'notFound', 'conflict'],
  },
  followBatchCreate: {
    ...FOLLOW_WRITE,
    path: '/openapi/crm/follow/batchCreate',
    zh: '批量创建跟进记录',
    en: 'Create follow-ups in a batch',
    body: write.FollowBatchCreateBody,
    example: {
      records: [
        { type: 1, id: '123', user_id: 'user123', contact_type: '拜访', follow_content: '送去样品' },
        { type: 1, id: '123', user_id: 'user999', contact_type: '拜访', follow_content: '取回样品' },
      ],
      atomic: false,
    },
    data: write.FollowBatchResult,
  },
  followGet: {
    ...OUR_READ,
    path: '/openapi/crm/follow/get',
    zh: '查询跟进详情',
    en: 'Get a follow-up with its history',
    body: write.FollowGetBody,
    example: { follow_id: 789 },
    data: write.FollowGetData,
    errors: [...COMMON_ERRORS, 'notFound'],
  },
  followChanges: {
    ...OUR_READ,
    callers: OF_COMPANY,
    path: '/openapi/crm/follow/changes',
    zh: '跟进变更流',
    en: 'Read the change feed',
    body: feed.FollowChangesBody,
    example: { limit: 1 },
    data: feed.FollowChangesPage,
    errors: [...COMMON_ERRORS, 'cursorExpired'],
  },
  followReconcile: {
    ...OUR_READ,
    callers: OF_COMPANY,
    path: '/openapi/crm/follow/reconcile',
    zh: '跟进对账',
    en: 'Reconcile follow-ups',
    body: feed.FollowReconcileBody,
    example: { follow_time_start: '2025-01-15', follow_time_end: '2025-01-16' },
    data: feed.FollowReconcileData,
  },
  customerFollowList: {
    ...PLATFORM,
    path: '/openapi/crm/follow/customer/list',
    zh: '获取客户跟进记录',
    en: 'List customer follow-ups (legacy)',
    body: legacy.CustomerFollowListBody,
    example: { start_time: 1735660800, end_time: 1738252799, current_index: 1, page_size: 1 },
    data: pageOf(legacy.CustomerFollowRecord),
  },
  opportunityFollowList: {
    ...PLATFORM,
    path: '/openapi/crm/follow/opportunity/list',
    zh: '获取商机跟进记录',
    en: 'List opportunity follow-ups (legacy)',
    body: legacy.OpportunityFollowListBody,
    example: { start_time: 1735660800, end_time: 1738252799, current_index: 1, page_size: 1 },
    data: pageOf(legacy.OpportunityFollowRecord),
  },
  followTypeList: {
    ...OUR_READ,
    path: '/openapi/crm/follow/type/list',
    zh: '跟进方式列表',
    en: 'List follow types',
    body: PagingInput,
    example: { current_index: 1, page_size: 2 },
    data: pageOf(dictionary.FollowTypeRecord),
  },
  followTypeAdd: {
    ...SETTING,
    path: '/openapi/crm/follow/type/add',
    zh: '新增跟进方式',
    en: 'Add a follow type',
    body: dictionary.FollowTypeAddBody,
    example: { name: '视频会议' },
    data: dictionary.FollowTypeRecord,
    errors: [...WRITE_ERRORS, 'conflict'],
  },
  followTypeRename: {
    ...SETTING,
    path: '/openapi/crm/follow/type/rename',
    zh: '重命名跟进方式',
    en: 'Rename a follow type',
    body: dictionary.FollowTypeRenameBody,
    example: { id: 10, name: '微信语音通话' },
    data: dictionary.FollowTypeRecord,
    errors: [...WRITE_ERRORS, 'notFound', 'conflict'],
  },
  followTypeDisable: {
    ...SETTING,
    path: '/openapi/crm/follow/type/disable',
    zh: '停用跟进方式',
    en: 'Disable a follow type',
    body: dictionary.FollowTypeIdBody,
    example: { id: 11 },
    data: dictionary.FollowTypeRecord,
    errors: [...WRITE_ERRORS, 'notFound'],
  },
  followTypeEnable: {
    ...SETTING,
    path: '/openapi/crm/follow/type/enable',
    zh: '启用跟进方式',
    en: 'Enable a follow type',
    body: dictionary.FollowTypeIdBody,
    example: { id: 11 },
    data: dictionary.FollowTypeRecord,
    errors: [...WRITE_ERRORS, 'notFound'],
  },
  followTypeDelete: {
    ...SETTING,
    path: '/openapi/crm/follow/type/delete',
    zh: '删除跟进方式',
    en: 'Delete an unused follow type',
    body: dictionary.FollowTypeIdBody,
    data: dictionary.FollowTypeRecord,
    errors: [...WRITE_ERRORS, 'notFound', 'conflict'],
  },
  customFieldList: {
    ...OUR_READ,
    path: '/openapi/crm/follow/field/list',
    zh: '自定义字段列表',
    en: 'List custom fields',
    body: PagingInput,
    example: { current_index: 1, page_size: 2 },
    data: pageOf(dictionary.CustomFieldRecord),
  },
  customFieldSave: {
    ...SETTING,
    path: '/openapi/crm/follow/field/save',
    zh: '保存自定义字段',
    en: 'Add or replace a custom field',
    body: dictionary.CustomFieldSaveBody,
    example: { key: 'level', name: '客户等级', type: 'single', options: [{ id: 'a', name: '重点' }] },
    data: dictionary.CustomFieldRecord,
    errors: [...WRITE_ERRORS, 'conflict'],
  },
  customFieldDelete: {
    ...SETTING,
    path: '/openapi/crm/follow/field/delete',
    zh: '删除自定义字段',
    en: 'Delete a custom field',
    body: dictionary.CustomFieldKeyBody,
    example: { key: 'level' },
    data: dictionary.CustomFieldRecord,
    errors: [...WRITE_ERRORS, 'notFound'],
  },
  staffList: {
    ...PLATFORM,
    method: 'GET',
    path: '/openapi/department/user/list',
    zh: '员工列表',
    en: 'List staff',
    query: PagingInput,
    example: { current_index: 1, page_size: 1 },
    data: pageOf(directory.StaffRecord),
  },
  departmentList: {
    ...OUR_READ,
    method: 'GET',
    path: '/openapi/department/list',
    zh: '部门列表',
    en: 'List departments',
    query: PagingInput,
    example: { current_index: 1, page_size: 2 },
    data: pageOf(directory.DepartmentRecord),
  },
  staffSave: {
    ...SETTING,
    path: '/openapi/department/user/save',
    zh: '批量保存员工',
    en: 'Add or replace staff',
    body: directory.StaffSaveBody,
    example: { staff: [{ user_id: 'zhang', name: '张岚', department_ids: [1001], position: '销售' }] },
    data: directory.SavedCounts,
  },
  staffLeave: {
    ...SETTING,
    path: '/openapi/department/user/leave',
    zh: '标记员工离职',
    en: 'Mark staff as having left',
    body: directory.StaffLeaveBody,
    example: { user_ids: ['zhang'] },
    data: directory.SavedCounts,
    errors: [...WRITE_ERRORS, 'notFound'],
  },
  staffMove: {
    ...SETTING,
    path: '/openapi/department/user/move',
    zh: '调整员工部门',
    en: 'Move staff to other departments',
    body: directory.StaffMoveBody,
    example: { user_ids: ['zhang'], department_ids: [1002] },
    data: directory.SavedCounts,
    errors: [...WRITE_ERRORS, 'notFound'],
  },
  departmentSave: {
    ...SETTING,
    path: '/openapi/department/save',
    zh: '批量保存部门',
    en: 'Add or replace departments',
    body: directory.DepartmentSaveBody,
    example: {
      departments: [
        { id: 2001, name: '上海三组', parent_id: 101 },
        { id: 2002, name: '上海四组', parent_id: 101 },
      ],
    },
    data: directory.SavedCounts,
    errors: [...WRITE_ERRORS, 'conflict'],
  },
  departmentMove: {
    ...SETTING,
    path: '/openapi/department/move',
    zh: '调整上级部门',
    en: 'Move a department',
    body: directory.DepartmentMoveBody,
    example: { id: 2001, parent_id: 102 },
    data: directory.SavedCounts,
    errors: [...WRITE_ERRORS, 'notFound', 'conflict'],
  },
  directoryReplace: {
    ...SETTING,
    path: '/openapi/department/replace',
    zh: '整体替换通讯录',
    en: 'Replace the whole directory',
    body: directory.DirectoryReplaceBody,
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
    data: directory.DirectoryCounts,
    errors: [...WRITE_ERRORS, 'conflict', 'tooMany'],
    limits: { bytes: directory.DIRECTORY_BYTES, entries: directory.DIRECTORY_STAFF },
  },
  me: {
    ...OUR_READ,
    path: '/openapi/me',
    zh: '我是谁',
    en: 'Who I am',
    body: Type.Object({}),
    example: {},
    data: me.Me,
  },
  meSave: {
    ...OWN_WRITE,
    path: '/openapi/me/save',
    zh: '保存我的偏好',
    en: 'Save my preferences',
    body: me.MeSaveBody,
    example: { language: 'zh', appearance: 'dark' },
    data: people.Preferences,
  },
  meSessionEnd: {
    ...OWN_WRITE,
    path: '/openapi/me/session/end',
    zh: '结束我的登录',
    en: 'End sessions of mine',
    body: me.MeSessionEndBody,
    example: {},
    data: people.EndedSessions,
    errors: [...WRITE_ERRORS, 'notFound'],
  },
  mePassword: {
    ...SECRET_WRITE,
    callers: PEOPLE,
    path: '/openapi/me/password',
    zh: '设置我的密码',
    en: 'Set my password',
    body: me.MePasswordBody,
    example: { new_password: '九月的河边有三棵杨树' },
    data: people.EndedSessions,
    errors: [...COMMON_ERRORS, 'signInFailed', 'tooMany'],
  },
  mePasskeyBegin: {
    ...SECRET_WRITE,
    callers: PEOPLE,
    path: '/openapi/me/passkey/begin',
    zh: '开始登记通行密钥',
    en: 'Begin to add a passkey',
    body: Type.Object({}),
    example: {},
    data: me.PasskeyOptions,
    errors: [...COMMON_ERRORS, 'signInFailed'],
  },
  mePasskeyAdd: {
    ...SECRET_WRITE,
    callers: PEOPLE,
    path: '/openapi/me/passkey/add',
    zh: '登记通行密钥',
    en: 'Add a passkey',
    body: me.PasskeyAddBody,
    data: people.PasskeyRecord,
    errors: [...COMMON_ERRORS, 'signInFailed', 'conflict'],
  },
  mePasskeyRemove: {
    ...OWN_WRITE,
    path: '/openapi/me/passkey/remove',
    zh: '移除通行密钥',
    en: 'Remove a passkey',
    body: me.PasskeyIdBody,
    data: people.PasskeyRecord,
    errors: [...WRITE_ERRORS, 'notFound'],
  },
  personList: {
    ...ADMIN_READ,
    path: '/openapi/person/list',
    zh: '人员列表',
    en: 'List people',
    body: people.PersonListBody,
    example: { current_index: 1, page_size: 2 },
    data: pageOf(people.PersonRecord),
  },
  personInvite: {
    ...SECRET_WRITE,
    path: '/openapi/person/invite',
    zh: '邀请人员',
    en: 'Invite a person',
    body: people.PersonInviteBody,
    example: { user_id: 'caojiahao', role: 'staff' },
    data: people.Invitation,
    errors: [...COMMON_ERRORS, 'notFound', 'conflict'],
  },
  personRole: {
    ...ADMIN_WRITE,
    path: '/openapi/person/role',
    zh: '调整角色',
    en: 'Change a role',
    body: people.PersonRoleBody,
    example: { user_id: 'caojiahao', role: 'manager', department_ids: [101] },
    data: people.PersonRecord,
    errors: [...WRITE_ERRORS, 'notFound', 'conflict'],
  },
  personDisable: {
    ...ADMIN_WRITE,
    path: '/openapi/person/disable',
    zh: '停用人员',
    en: 'Disable a person',
    body: people.PersonUserBody,
    example: { user_id: 'caojiahao' },
    data: people.PersonRecord,
    errors: [...WRITE_ERRORS, 'notFound', 'conflict'],
  },
  personSessionList: {
    ...ADMIN_READ,
    path: '/openapi/person/session/list',
    zh: '人员的登录',
    en: 'List sessions of a person',
    body: people.PersonUserBody,
    example: { user_id: 'caojiahao' },
    data: people.PersonSessions,
    errors: [...COMMON_ERRORS, 'notFound'],
  },
  personSessionEnd: {
    ...ADMIN_WRITE,
    path: '/openapi/person/session/end',
    zh: '结束人员的全部登录',
    en: 'End all sessions of a person',
    body: people.PersonUserBody,
    example: { user_id: 'caojiahao' },
    data: people.EndedSessions,
    errors: [...WRITE_ERRORS, 'notFound'],
  },
  appList: {
    ...ADMIN_READ,
    path: '/openapi/app/list',
    zh: '应用列表',
    en: 'List apps',
    body: PagingInput,
    example: { current_index: 1, page_size: 2 },
    data: pageOf(app.AppRecord),
  },
  appCreate: {
    ...SECRET_WRITE,
    path: '/openapi/app/create',
    zh: '新建应用',
    en: 'Create an app',
    body: app.AppCreateBody,
    example: { label: '报表', read_only: true },
    data: app.AppSecret,
  },
  appRename: {
    ...ADMIN_WRITE,
    path: '/openapi/app/rename',
    zh: '重命名应用',
    en: 'Rename an app',
    body: app.AppRenameBody,
    data: app.AppRecord,
    errors: [...WRITE_ERRORS, 'notFound'],
  },
  appRotate: {
    ...SECRET_WRITE,
    path: '/openapi/app/rotate',
    zh: '更换应用密钥',
    en: "Rotate an app's secret",
    body: app.AppRotateBody,
    data: app.AppSecret,
    errors: [...COMMON_ERRORS, 'notFound', 'conflict'],
  },
  appRevoke: {
    ...ADMIN_WRITE,
    path: '/openapi/app/revoke',
    zh: '停用应用',
    en: 'Revoke an app',
    body: app.AppIdBody,
    data: app.AppRecord,
    errors: [...WRITE_ERRORS, 'notFound'],
  },
  auditList: {
    ...ADMIN_READ,
    path: '/openapi/audit/list',
    zh: '操作记录',
    en: 'List the audit trail',
    body: audit.AuditListBody,
    example: { subject: 'caojiahao', current_index: 1, page_size: 1 },
    data: pageOf(audit.AuditRecord),
  },
} as const satisfies Record<string, Operation>

export type OperationName = keyof typeof OPERATIONS

/** The input of an operation, by its name: the body of a POST, the query of a GET. */
export type InputOf<Name extends OperationName> = (typeof OPERATIONS)[Name] extends {
  readonly body: infer Body extends TSchema
}
  ? Static<Body>
  : (typeof OPERATIONS)[Name] extends { readonly query: infer Query extends TSchema }
    ? Static<Query>
    : never

/** What an operation returns as `data`, by its name. */
export type DataOf<Name extends OperationName> = Static<(typeof OPERATIONS)[Name]['data']>
