/** A request that any company must refuse. */
export interface Fault {
  readonly method?: 'GET' | 'PUT'
  /** Below /openapi/, with a query where it matters. */
  readonly path: string
  readonly body?: unknown
  /** Sent as it is, in place of `body`. */
  readonly text?: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
  /** Left out where the token is what is wrong. */
  readonly token?: boolean
  readonly code: number
  readonly status?: number
}

const LISTS = [
  'crm/follow/list',
  'crm/follow/listForSystem',
  'crm/follow/customer/list',
  'crm/follow/opportunity/list',
  'crm/follow/type/list',
]
const FOLLOW_LISTS = LISTS.slice(0, 2)
const OLDER_LISTS = LISTS.slice(2, 4)
const GET_LISTS = ['department/user/list', 'department/list']

function each(paths: readonly string[], faults: readonly Omit<Fault, 'path'>[]): Fault[] {
  return paths.flatMap((path) => faults.map((fault) => ({ path, ...fault })))
}

const PAGING: Omit<Fault, 'path'>[] = [
  { body: { page_size: 0 }, code: 40020 },
  { body: { page_size: 101 }, code: 40020 },
  { body: { page_size: -1 }, code: 40020 },
  { body: { page_size: 'x' }, code: 40000 },
  { body: { page_size: 1.5 }, code: 40000 },
  { body: { page_size: true }, code: 40000 },
  { body: { page_size: {} }, code: 40000 },
  { body: { page_size: '٣' }, code: 40000 },
  { body: { current_index: 0 }, code: 40020 },
  { body: { current_index: 2147483648 }, code: 40020 },
  { body: { current_index: '99999999999999999999' }, code: 40020 },
  { text: '{"page_size":1e400}', code: 40000 },
]

const MESSAGES: Omit<Fault, 'path'>[] = [
  { text: '', code: 40010 },
  { text: 'null', code: 40010 },
  { text: '[]', code: 40000 },
  { text: '"x"', code: 40000 },
  { text: '{', code: 40000 },
  { text: '{"a":}', code: 40000 },
  { text: '{"a":"\\u0000"}', code: 40000 },
  { text: '{"a":"\\ud83d"}', code: 40000 },
  { text: `{"a":${'['.repeat(32)}${']'.repeat(32)}}`, code: 40020 },
  { text: `{"a":[${'1,'.repeat(1000)}1]}`, code: 40020 },
  { text: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), code: 40000 },
  { body: {}, headers: { 'content-type': 'text/plain' }, code: 41500, status: 415 },
  { body: {}, headers: { 'content-type': 'application/json; charset=gbk' }, code: 41500, status: 415 },
  { body: {}, headers: { 'content-encoding': 'gzip' }, code: 41500, status: 415 },
  { method: 'GET', code: 40005 },
  { method: 'PUT', body: {}, code: 40005 },
]

const FILTERS: Omit<Fault, 'path'>[] = [
  { body: { target_type: 2 }, code: 40020 },
  { body: { target_type: 'abc' }, code: 40000 },
  { body: { fetch_child: 2 }, code: 40020 },
  { body: { fetch_child: true }, code: 40000 },
  { body: { id_list: [null] }, code: 40000 },
  { body: { id_list: [''] }, code: 40000 },
  { body: { id_list: ['x'] }, code: 40000 },
  { body: { id_list: [1.5] }, code: 40000 },
  { body: { id_list: ['9223372036854775808'] }, code: 40020 },
  { body: { id_list: 'abc' }, code: 40000 },
  { body: { target_id_list: { a: 1 } }, code: 40000 },
  { body: { follow_user_ids: 'zhang' }, code: 40000 },
  { body: { follow_user_ids: ['zhang', {}] }, code: 40000 },
  { body: { follow_user_ids: [true] }, code: 40000 },
  { body: { follow_dep_ids: [[]] }, code: 40000 },
  { body: { title: {} }, code: 40000 },
  { body: { follow_time_start: '2025-02-30' }, code: 40000 },
  { body: { follow_time_start: '2025/01/01' }, code: 40000 },
  { body: { follow_time_start: '2025-1-1' }, code: 40000 },
  { body: { follow_time_start: 20250101 }, code: 40000 },
  { body: { follow_time_end: '0000-01-01' }, code: 40000 },
  { body: { follow_time_end: '2023-02-29' }, code: 40000 },
  { body: { follow_time_start: '2025-01-02', follow_time_end: '2025-01-01' }, code: 40000 },
  { text: `{"id_list":[${'1,'.repeat(1000)}1]}`, code: 40020 },
]

const OLDER: Omit<Fault, 'path'>[] = [
  { body: { start_time: 1736913600 }, code: 40010 },
  { body: { end_time: 1736913600 }, code: 40010 },
  { body: { start_time: 2, end_time: 1 }, code: 40000 },
  { body: { start_time: 1, end_time: 2592002 }, code: 40020 },
  { body: { start_time: 1736913600000, end_time: 1736913600000 }, code: 40020 },
  { body: { start_time: -1, end_time: 1 }, code: 40020 },
  { body: { follow_id: 'x' }, code: 40000 },
  { body: { follow_id: '-9223372036854775809' }, code: 40020 },
]

const GOOD = { type: 1, id: 'c1', user_id: 'zhang', contact_type: '打电话', follow_content: '内容' }

function without(field: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(GOOD).filter(([key]) => key !== field))
}

const CREATE: Omit<Fault, 'path'>[] = [
  ...['type', 'id', 'user_id', 'contact_type', 'follow_content'].map((field) => ({
    body: without(field),
    code: 40010,
  })),
  { body: { ...GOOD, type: 2 }, code: 40010 },
  { body: { ...GOOD, type: 3 }, code: 40020 },
  { body: { ...GOOD, type: 1, target_type: 4 }, code: 40000 },
  { body: { ...GOOD, target_type: 2 }, code: 40020 },
  { body: { ...GOOD, user_id: '不存在' }, code: 40000 },
  { body: { ...GOOD, contact_type: '不存在' }, code: 40000 },
  { body: { ...GOOD, id: 'x'.repeat(257) }, code: 40020 },
  { body: { ...GOOD, follow_content: '长'.repeat(100_001) }, code: 40020 },
  { body: { ...GOOD, follow_content: { text: 'x' } }, code: 40000 },
  { body: { ...GOOD, attachment: Array(10).fill({ name: 'a' }) }, code: 40020 },
  { body: { ...GOOD, attachment: [{ type: 'pdf' }] }, code: 40020 },
  { body: { ...GOOD, stage_id: 'x' }, code: 40000 },
  { body: { ...GOOD, is_ai: 1 }, code: 40000 },
  { body: { ...GOOD, follow_time: -1 }, code: 40020 },
  { body: { ...GOOD, follow_time: '253402300800000' }, code: 40020 },
  { body: { ...GOOD, field_map: [1] }, code: 40000 },
  { body: { ...GOOD, remind: { user_ids: [null] } }, code: 40000 },
  { body: { ...GOOD, remind: { before: -1 } }, code: 40020 },
  { body: GOOD, headers: { 'idempotency-key': 'a b' }, code: 40000 },
  { body: GOOD, headers: { 'idempotency-key': 'k'.repeat(256) }, code: 40000 },
  { text: `{"follow_content":"${'x'.repeat(1024 * 1024)}"}`, code: 41300, status: 413 },
]

/** No follow-up of the tests has this id. */
const NAMED = { follow_id: 999, user_id: 'zhang' }
const REMOVAL = { ...NAMED, reason: '重复录入' }

const FOLLOW_IDS: Omit<Fault, 'path'>[] = [
  { body: REMOVAL, code: 40410 },
  { body: { ...REMOVAL, follow_id: -1 }, code: 40410 },
  { body: { ...REMOVAL, follow_id: '9223372036854775807' }, code: 40410 },
  { body: { ...REMOVAL, follow_id: undefined }, code: 40010 },
  { body: { ...REMOVAL, follow_id: null }, code: 40010 },
  { body: { ...REMOVAL, follow_id: '' }, code: 40010 },
  { body: { ...REMOVAL, follow_id: 'x' }, code: 40000 },
  { body: { ...REMOVAL, follow_id: 1.5 }, code: 40000 },
  { body: { ...REMOVAL, follow_id: [999] }, code: 40000 },
  { body: { ...REMOVAL, follow_id: '9223372036854775808' }, code: 40020 },
]

/** update, delete and restore. */
const CHANGES: Omit<Fault, 'path'>[] = [
  // An unknown follow-up is reported before an unknown member of staff.
  { body: { ...REMOVAL, user_id: '不存在' }, code: 40410 },
  { body: { ...REMOVAL, user_id: undefined }, code: 40010 },
  { body: { ...REMOVAL, user_id: '' }, code: 40010 },
  { body: { ...REMOVAL, user_id: ['zhang'] }, code: 40000 },
  { body: { ...REMOVAL, user_id: 'x'.repeat(257) }, code: 40020 },
  { body: REMOVAL, headers: { 'idempotency-key': 'a b' }, code: 40000 },
  { body: REMOVAL, headers: { 'idempotency-key': 'k'.repeat(256) }, code: 40000 },
]

/** update and delete. */
const VERSIONS: Omit<Fault, 'path'>[] = [
  { body: { ...REMOVAL, version: 1 }, code: 40410 },
  { body: { ...REMOVAL, version: 0 }, code: 40020 },
  { body: { ...REMOVAL, version: 2147483648 }, code: 40020 },
  { body: { ...REMOVAL, version: 'x' }, code: 40000 },
  { body: { ...REMOVAL, version: true }, code: 40000 },
]

/** delete and restore. */
const REASONS: Omit<Fault, 'path'>[] = [
  { body: { ...REMOVAL, reason: 'x'.repeat(1001) }, code: 40020 },
  { body: { ...REMOVAL, reason: {} }, code: 40000 },
]

const UPDATE: Omit<Fault, 'path'>[] = [
  { body: { ...NAMED, clear: ['title'], title: 'x' }, code: 40410 },
  { body: { ...NAMED, contact_type: '不存在' }, code: 40410 },
  { body: { ...NAMED, clear: ['content'] }, code: 40020 },
  { body: { ...NAMED, clear: ['title', null] }, code: 40000 },
  { body: { ...NAMED, clear: 'title' }, code: 40000 },
  { body: { ...NAMED, follow_content: '长'.repeat(100_001) }, code: 40020 },
  { body: { ...NAMED, follow_content: {} }, code: 40000 },
  { body: { ...NAMED, target_type: 2 }, code: 40020 },
  { body: { ...NAMED, id: 'x'.repeat(257) }, code: 40020 },
  { body: { ...NAMED, target: 'c1' }, code: 40000 },
  { body: { ...NAMED, follow_time: '2025-01-01' }, code: 40000 },
  { body: { ...NAMED, follow_time: -1 }, code: 40020 },
  { body: { ...NAMED, attachment: Array(10).fill({ name: 'a' }) }, code: 40020 },
  { body: { ...NAMED, is_ai: 'true' }, code: 40000 },
  { body: { ...NAMED, stage_id: 'x' }, code: 40000 },
]

const BATCH_CREATE: Omit<Fault, 'path'>[] = [
  { body: {}, code: 40010 },
  { body: { records: [] }, code: 40010 },
  { body: { records: 'x' }, code: 40000 },
  { body: { records: GOOD }, code: 40000 },
  { body: { records: [GOOD], atomic: 1 }, code: 40000 },
  { body: { records: Array(101).fill(GOOD) }, code: 40020 },
  { body: { records: [{ ...GOOD, type: 3 }, GOOD], atomic: true }, code: 40020 },
  { body: { records: [without('id'), GOOD], atomic: true }, code: 40010 },
  { body: { records: [null, GOOD], atomic: true }, code: 40000 },
  { body: { records: [GOOD] }, headers: { 'idempotency-key': 'a b' }, code: 40000 },
]

const GET: Omit<Fault, 'path'>[] = [
  { body: { follow_id: 999, history_before: 1 }, code: 40410 },
  { body: { follow_id: 999, history_before: 0 }, code: 40020 },
  { body: { follow_id: 999, history_before: 'x' }, code: 40000 },
]

const FEED: Omit<Fault, 'path'>[] = [
  { body: { cursor: 'x' }, code: 40000 },
  { body: { cursor: 5 }, code: 40000 },
  { body: { cursor: {} }, code: 40000 },
  { body: { cursor: 'gjc_1_0_1_AAAAAAAAAAAAAAAA' }, code: 40930 },
  { body: { cursor: 'gjc_1_0_1_AAAAAAAAAAAAAAA' }, code: 40000 },
  { body: { cursor: '../../🙂' }, code: 40000 },
  { body: { cursor: 'x'.repeat(513) }, code: 40020 },
  { body: { limit: 0 }, code: 40020 },
  { body: { limit: 1001 }, code: 40020 },
  { body: { limit: -1 }, code: 40020 },
  { body: { limit: 'x' }, code: 40000 },
  { body: { limit: 1.5 }, code: 40000 },
]

const DAYS = { follow_time_start: '2025-01-01', follow_time_end: '2025-01-31' }

const RECONCILE: Omit<Fault, 'path'>[] = [
  { body: { follow_time_start: '2025-01-01' }, code: 40010 },
  { body: { follow_time_end: '2025-01-01' }, code: 40010 },
  { body: { ...DAYS, follow_time_start: '2025-02-01' }, code: 40000 },
  { body: { ...DAYS, follow_time_end: '2025-02-01' }, code: 40020 },
  { body: { ...DAYS, follow_time_end: '9999-12-31' }, code: 40020 },
  { body: { ...DAYS, follow_time_end: '2025-02-30' }, code: 40000 },
  { body: { ...DAYS, follow_time_end: 20250131 }, code: 40000 },
  { body: { ...DAYS, system: 2 }, code: 40020 },
  { body: { ...DAYS, system: true }, code: 40000 },
]

const [update, remove, restore, batchCreate, get, changes, reconcile] = [
  'update',
  'delete',
  'restore',
  'batchCreate',
  'get',
  'changes',
  'reconcile',
].map((name) => `crm/follow/${name}`) as [string, string, string, string, string, string, string]

const QUERIES: Omit<Fault, 'path'>[] = [{ method: 'PUT', body: {}, code: 40005 }]

export const FAULTS: readonly Fault[] = [
  ...each(LISTS, PAGING),
  ...each(
    [...LISTS, 'crm/follow/create', update, remove, restore, batchCreate, get, changes, reconcile],
    MESSAGES,
  ),
  ...each(FOLLOW_LISTS, FILTERS),
  { path: 'crm/follow/list', body: { follow_type_list: ['电话'] }, code: 40000 },
  { path: 'crm/follow/list', body: { follow_type_name: ['拜访'] }, code: 40000 },
  ...each(OLDER_LISTS, OLDER),
  { path: 'crm/follow/customer/list', body: { user_id: 'zhang' }, code: 40010 },
  { path: 'crm/follow/customer/list', body: { external_user_id: 'c1' }, code: 40010 },
  { path: 'crm/follow/opportunity/list', body: { opportunity_id: 'x' }, code: 40000 },
  ...each(['crm/follow/create'], CREATE),
  ...each([update, remove, restore, get], FOLLOW_IDS),
  ...each([update, remove, restore], CHANGES),
  ...each([update, remove], VERSIONS),
  ...each([remove, restore], REASONS),
  { path: remove, body: NAMED, code: 40010 },
  ...each([update], UPDATE),
  ...each([batchCreate], BATCH_CREATE),
  ...each([get], GET),
  ...each([changes], FEED),
  ...each([reconcile], RECONCILE),
  ...each(GET_LISTS, QUERIES),
  ...GET_LISTS.flatMap((path) =>
    [
      ['page_size=1000', 40020],
      ['page_size=x', 40000],
      ['page_size=1&page_size=2', 40000],
      ['current_index=0', 40020],
      ['current_index=%00', 40000],
      ['current_index=%zz', 40000],
    ].map(([query, code]) => ({ method: 'GET' as const, path: `${path}?${query}`, code: code as number })),
  ),
  { path: 'crm/follow/nothing', body: {}, code: 40400, status: 404 },
  { path: 'crm/follow/list', body: {}, token: false, code: 10001 },
  { path: 'crm/follow/list?access_token=gjt_nothing', body: {}, token: false, code: 10001 },
  { path: 'crm/follow/list?access_token=a&access_token=b', body: {}, token: false, code: 40000 },
  { method: 'GET', path: 'access_token', token: false, code: 40010 },
  { method: 'GET', path: 'access_token?appid=wx1', token: false, code: 40010 },
  { method: 'GET', path: 'access_token?appid=wx1&app_secret=x', token: false, code: 40100 },
  { path: 'access_token?appid=wx1&app_secret=x', body: {}, token: false, code: 40005 },
]
