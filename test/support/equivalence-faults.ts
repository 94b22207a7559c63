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

type Refusal = Omit<Fault, 'path'>

/** What each of these operations refuses. */
function each(names: readonly string[], refusals: readonly Refusal[]): Fault[] {
  return names.flatMap((name) => refusals.map((refusal) => ({ path: `crm/follow/${name}`, ...refusal })))
}

/** Bodies that are refused with this code for one field alone. */
function wrong(code: number, values: Readonly<Record<string, readonly unknown[]>>, rest?: object): Refusal[] {
  return Object.entries(values).flatMap(([field, all]) =>
    all.map((value) => ({ body: { ...rest, [field]: value }, code })),
  )
}

function texts(code: number, ...all: readonly (string | Buffer)[]): Refusal[] {
  return all.map((text) => ({ text, code }))
}

const PAGING: readonly Refusal[] = [
  ...wrong(40020, { page_size: [0, 101, -1], current_index: [0, 2147483648, '99999999999999999999'] }),
  ...wrong(40000, { page_size: ['x', 1.5, true, {}, '٣'] }),
  ...texts(40000, '{"page_size":1e400}'),
]

const NO_UTF8 = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])

const MESSAGES: readonly Refusal[] = [
  ...texts(40010, '', 'null'),
  ...texts(40000, '[]', '"x"', '{', '{"a":}', '{"a":"\\u0000"}', '{"a":"\\ud83d"}', NO_UTF8),
  ...texts(40020, `{"a":${'['.repeat(32)}${']'.repeat(32)}}`, `{"a":[${'1,'.repeat(1000)}1]}`),
  { body: {}, headers: { 'content-type': 'text/plain' }, code: 41500, status: 415 },
  { body: {}, headers: { 'content-type': 'application/json; charset=gbk' }, code: 41500, status: 415 },
  { body: {}, headers: { 'content-encoding': 'gzip' }, code: 41500, status: 415 },
  { method: 'GET', code: 40005 },
  { method: 'PUT', body: {}, code: 40005 },
]

const FILTERS: readonly Refusal[] = [
  ...wrong(40020, { target_type: [2], fetch_child: [2], id_list: [['9223372036854775808']] }),
  ...wrong(40000, {
    target_type: ['abc'],
    fetch_child: [true],
    id_list: [[null], [''], ['x'], [1.5], 'abc'],
    target_id_list: [{ a: 1 }],
    follow_user_ids: ['zhang', ['zhang', {}], [true]],
    follow_dep_ids: [[[]]],
    title: [{}],
    follow_time_start: ['2025-02-30', '2025/01/01', '2025-1-1', 20250101],
    follow_time_end: ['0000-01-01', '2023-02-29'],
  }),
  { body: { follow_time_start: '2025-01-02', follow_time_end: '2025-01-01' }, code: 40000 },
  ...texts(40020, `{"id_list":[${'1,'.repeat(1000)}1]}`),
]

const OLDER: readonly Refusal[] = [
  ...wrong(40010, { start_time: [1736913600], end_time: [1736913600] }),
  { body: { start_time: 2, end_time: 1 }, code: 40000 },
  ...wrong(40020, { end_time: [2592002] }, { start_time: 1 }),
  ...wrong(40020, { start_time: [1736913600000] }, { end_time: 1736913600000 }),
  ...wrong(40020, { start_time: [-1] }, { end_time: 1 }),
  ...wrong(40000, { follow_id: ['x'] }),
  ...wrong(40020, { follow_id: ['-9223372036854775809'] }),
]

const GOOD = { type: 1, id: 'c1', user_id: 'zhang', contact_type: '打电话', follow_content: '内容' }

function wrongKeys(body: object): Refusal[] {
  return ['a b', 'k'.repeat(256)].map((key) => ({ body, headers: { 'idempotency-key': key }, code: 40000 }))
}

const TOO_LONG = { id: ['x'.repeat(257)], follow_content: ['长'.repeat(100_001)] }
const TEN_FILES = Array(10).fill({ name: 'a' })

const CREATE: readonly Refusal[] = [
  ...Object.keys(GOOD).flatMap((field) => wrong(40010, { [field]: [undefined] }, GOOD)),
  ...wrong(40010, { type: [2] }, GOOD),
  ...wrong(40020, { ...TOO_LONG, type: [3], target_type: [2], follow_time: [-1, '253402300800000'] }, GOOD),
  ...wrong(40020, { attachment: [TEN_FILES, [{ type: 'pdf' }]], remind: [{ before: -1 }] }, GOOD),
  ...wrong(40000, { target_type: [4], user_id: ['不存在'], contact_type: ['不存在'], is_ai: [1] }, GOOD),
  ...wrong(40000, { follow_content: [{ text: 'x' }], stage_id: ['x'], field_map: [[1]] }, GOOD),
  ...wrong(40000, { remind: [{ user_ids: [null] }] }, GOOD),
  ...wrongKeys(GOOD),
  { text: `{"follow_content":"${'x'.repeat(1024 * 1024)}"}`, code: 41300, status: 413 },
]

/** No follow-up of the tests has this id. */
const NAMED = { follow_id: 999, user_id: 'zhang' }
const REMOVAL = { ...NAMED, reason: '重复录入' }

const FOLLOW_IDS: readonly Refusal[] = [
  ...wrong(40410, { follow_id: [999, -1, '9223372036854775807'] }, REMOVAL),
  ...wrong(40010, { follow_id: [undefined, null, ''] }, REMOVAL),
  ...wrong(40000, { follow_id: ['x', 1.5, [999]] }, REMOVAL),
  ...wrong(40020, { follow_id: ['9223372036854775808'] }, REMOVAL),
]

/** update, delete and restore. */
const CHANGES: readonly Refusal[] = [
  // An unknown follow-up is reported before an unknown member of staff.
  ...wrong(40410, { user_id: ['不存在'] }, REMOVAL),
  ...wrong(40010, { user_id: [undefined, ''] }, REMOVAL),
  ...wrong(40000, { user_id: [['zhang']] }, REMOVAL),
  ...wrong(40020, { user_id: ['x'.repeat(257)] }, REMOVAL),
  ...wrongKeys(REMOVAL),
]

/** update and delete. */
const VERSIONS: readonly Refusal[] = [
  ...wrong(40410, { version: [1] }, REMOVAL),
  ...wrong(40020, { version: [0, 2147483648] }, REMOVAL),
  ...wrong(40000, { version: ['x', true] }, REMOVAL),
]

/** delete and restore. */
const REASONS: readonly Refusal[] = [
  ...wrong(40020, { reason: ['x'.repeat(1001)] }, REMOVAL),
  ...wrong(40000, { reason: [{}] }, REMOVAL),
]

const UPDATE: readonly Refusal[] = [
  { body: { ...NAMED, clear: ['title'], title: 'x' }, code: 40410 },
  ...wrong(40410, { contact_type: ['不存在'] }, NAMED),
  ...wrong(40020, { ...TOO_LONG, clear: [['content']], target_type: [2], follow_time: [-1] }, NAMED),
  ...wrong(40020, { attachment: [TEN_FILES] }, NAMED),
  ...wrong(40000, { clear: [['title', null], 'title'], follow_content: [{}], target: ['c1'] }, NAMED),
  ...wrong(40000, { follow_time: ['2025-01-01'], is_ai: ['true'], stage_id: ['x'] }, NAMED),
]

const BATCH_CREATE: readonly Refusal[] = [
  ...wrong(40010, { records: [undefined, []] }),
  ...wrong(40000, { records: ['x', GOOD] }),
  ...wrong(40020, { records: [Array(101).fill(GOOD)] }),
  { body: { records: [GOOD], atomic: 1 }, code: 40000 },
  ...wrong(40020, { records: [[{ ...GOOD, type: 3 }, GOOD]] }, { atomic: true }),
  ...wrong(40010, { records: [[{ ...GOOD, id: undefined }, GOOD]] }, { atomic: true }),
  ...wrong(40000, { records: [[null, GOOD]] }, { atomic: true }),
  ...wrongKeys({ records: [GOOD] }),
]

const GET: readonly Refusal[] = [
  ...wrong(40410, { history_before: [1] }, { follow_id: 999 }),
  ...wrong(40020, { history_before: [0] }, { follow_id: 999 }),
  ...wrong(40000, { history_before: ['x'] }, { follow_id: 999 }),
]

const FEED: readonly Refusal[] = [
  ...wrong(40000, { cursor: ['x', 5, {}, 'gjc_1_0_1_AAAAAAAAAAAAAAA', '../../🙂'], limit: ['x', 1.5] }),
  ...wrong(40930, { cursor: ['gjc_1_0_1_AAAAAAAAAAAAAAAA'] }),
  ...wrong(40020, { cursor: ['x'.repeat(513)], limit: [0, 1001, -1] }),
]

const DAYS = { follow_time_start: '2025-01-01', follow_time_end: '2025-01-31' }

const RECONCILE: readonly Refusal[] = [
  ...wrong(40010, { follow_time_start: ['2025-01-01'], follow_time_end: ['2025-01-01'] }),
  ...wrong(40000, { follow_time_start: ['2025-02-01'], follow_time_end: ['2025-02-30', 20250131] }, DAYS),
  ...wrong(40020, { follow_time_end: ['2025-02-01', '9999-12-31'], system: [2] }, DAYS),
  ...wrong(40000, { system: [true] }, DAYS),
]

const FOLLOW_LISTS = ['list', 'listForSystem']
const OLDER_LISTS = ['customer/list', 'opportunity/list']
const LISTS = [...FOLLOW_LISTS, ...OLDER_LISTS, 'type/list']
const OTHERS = ['create', 'update', 'delete', 'restore', 'batchCreate', 'get', 'changes', 'reconcile']

const QUERIES: readonly (readonly [query: string, code: number])[] = [
  ['page_size=1000', 40020],
  ['page_size=x', 40000],
  ['page_size=1&page_size=2', 40000],
  ['current_index=0', 40020],
  ['current_index=%00', 40000],
  ['current_index=%zz', 40000],
]

export const FAULTS: readonly Fault[] = [
  ...each(LISTS, PAGING),
  ...each([...LISTS, ...OTHERS], MESSAGES),
  ...each(FOLLOW_LISTS, FILTERS),
  ...each(['list'], wrong(40000, { follow_type_list: [['电话']], follow_type_name: [['拜访']] })),
  ...each(OLDER_LISTS, OLDER),
  ...each(['customer/list'], wrong(40010, { user_id: ['zhang'], external_user_id: ['c1'] })),
  ...each(['opportunity/list'], wrong(40000, { opportunity_id: ['x'] })),
  ...each(['create'], CREATE),
  ...each(['update', 'delete', 'restore', 'get'], FOLLOW_IDS),
  ...each(['update', 'delete', 'restore'], CHANGES),
  ...each(['update', 'delete'], VERSIONS),
  ...each(['delete', 'restore'], REASONS),
  ...each(['delete'], [{ body: NAMED, code: 40010 }]),
  ...each(['update'], UPDATE),
  ...each(['batchCreate'], BATCH_CREATE),
  ...each(['get'], GET),
  ...each(['changes'], FEED),
  ...each(['reconcile'], RECONCILE),
  ...['department/user/list', 'department/list'].flatMap((path): Fault[] => [
    { method: 'PUT', path, body: {}, code: 40005 },
    ...QUERIES.map(([query, code]) => ({ method: 'GET' as const, path: `${path}?${query}`, code })),
  ]),
  { path: 'crm/follow/nothing', body: {}, code: 40400, status: 404 },
  { path: 'crm/follow/list', body: {}, token: false, code: 10001 },
  { path: 'crm/follow/list?access_token=gjt_nothing', body: {}, token: false, code: 10001 },
  { path: 'crm/follow/list?access_token=a&access_token=b', body: {}, token: false, code: 40000 },
  { method: 'GET', path: 'access_token', token: false, code: 40010 },
  { method: 'GET', path: 'access_token?appid=wx1', token: false, code: 40010 },
  { method: 'GET', path: 'access_token?appid=wx1&app_secret=x', token: false, code: 40100 },
  { path: 'access_token?appid=wx1&app_secret=x', body: {}, token: false, code: 40005 },
]
