import { type TObject, type TSchema, Type } from 'typebox'
import {
  AccessToken,
  AccessTokenQuery,
  DepartmentListQuery,
  DepartmentRecord,
  StaffListQuery,
  StaffRecord,
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
  /** A request that the demo company answers with data. */
  readonly example?: Readonly<Record<string, unknown>>
  /** Shape of `data` on success. */
  readonly data: TSchema
  /** `msg` on success. */
  readonly okMsg: string
  readonly errors: readonly ErrorName[]
  /** Takes the header `Idempotency-Key` (N2). */
  readonly keyed?: boolean
}

/** A page of records with the exact number of all that match. */
function pageOf(record: TSchema): TSchema {
  return Type.Object({
    total: Int64({ description: '总条数' }),
    records: Type.Array(record, { description: '记录' }),
  })
}

const OK = '请求成功'

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
      follow_time_start: '2025-01-01',
      follow_time_end: '2025-02-07',
      current_index: 1,
      page_size: 20,
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
    example: { target_type: 1, current_index: 1, page_size: 20 },
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
      follow_content: '电话沟通了报价,客户周五前答复',
    },
    data: Int64({ description: '跟进id' }),
    okMsg: OK,
    errors: [...COMMON_ERRORS, 'keyReused'],
    keyed: true,
  },
  customerFollowList: {
    method: 'POST',
    path: '/openapi/crm/follow/customer/list',
    zh: '获取客户跟进记录',
    en: 'List follow-ups of customers (older list)',
    origin: 'platform',
    auth: true,
    body: CustomerFollowListBody,
    example: { current_index: 1, page_size: 10 },
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
    example: { current_index: 1, page_size: 10 },
    data: pageOf(OpportunityFollowRecord),
    okMsg: OK,
    errors: COMMON_ERRORS,
  },
  followTypeList: {
    method: 'POST',
    path: '/openapi/crm/follow/type/list',
    zh: '跟进方式列表',
    en: 'List follow methods',
    origin: 'ours',
    auth: true,
    body: FollowTypeListBody,
    example: { current_index: 1, page_size: 20 },
    data: pageOf(FollowTypeRecord),
    okMsg: OK,
    errors: COMMON_ERRORS,
  },
  staffList: {
    method: 'GET',
    path: '/openapi/department/user/list',
    zh: '员工列表',
    en: 'List staff',
    origin: 'platform',
    auth: true,
    query: StaffListQuery,
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
    data: pageOf(DepartmentRecord),
    okMsg: OK,
    errors: COMMON_ERRORS,
  },
} as const satisfies Record<string, Operation>

export type OperationName = keyof typeof OPERATIONS
