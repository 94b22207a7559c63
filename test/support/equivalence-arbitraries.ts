import fc from 'fast-check'
import { givesCleared, type Line, rawNumber, TARGET_KEYS } from '../oracle/corp.ts'
import { DAY_MS, type Json } from '../oracle/follow-list.ts'

/**
 * Random requests and lines of the model run (equivalence.ts). Texts that begin with `@` depend on the company and are put
 * in when they are sent: see `resolved` of test/oracle/corp.ts.
 */

// Few values, so that requests find something: equal times, CJK, emoji, case, 19-digit ids. The last of the users is
// before the emoji by its bytes and after it by UTF-16 units.
const USERS = ['zhang', 'Zhang', '李雷', '🙂', 'user123', '张%_', 'Ａ']
const TARGETS = ['c1', 'C1', '客户一', '客户一 ', '😀😀', '123', '1538877699425540097', "o'neil", '"引"']
const TITLES = ['回访', '回访 ', '系统跟进', '🎉', 'Title', 'title']
const TYPE_NAMES = ['电话跟进', '拜访', '展会', '拜访 ', '微信']
/** Follow types that every company has and that no import of the tests replaces. */
export const CALL = { id: 900_006, name: '打电话' }
const MEETING = { id: 900_005, name: '线上会议' }
const DEPARTMENTS = [1, 2, 3, 4, 5, 6, 1001, 2147483648]
const TYPES = [1, 3, 4, 9, 10, 11, 12]

/** True once in so many times. */
export function onceIn(count: number): fc.Arbitrary<boolean> {
  return fc.nat({ max: count - 1 }).map((chance) => chance === 0)
}

const some = <T>(arb: fc.Arbitrary<T>, max: number) => fc.array(arb, { minLength: 0, maxLength: max })
const maybe = <T>(arb: fc.Arbitrary<T>) => fc.option(arb, { nil: undefined, freq: 20 })

const importedIdArb = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 60 }).map(String) },
  { weight: 1, arbitrary: fc.bigInt({ min: 1538877699425540000n, max: 1538877699425540020n }).map(String) },
)
const mintedIdArb = fc.nat({ max: 5 }).map((at) => `@minted:${at}`)
const idArb = fc.oneof({ weight: 3, arbitrary: importedIdArb }, { weight: 1, arbitrary: mintedIdArb })
const dayArb = fc.integer({ min: -12, max: 3 }).map((day) => `@day:${day}`)
const timeArb = fc
  .oneof(
    fc.integer({ min: -11, max: 1 }).map((day) => day * DAY_MS),
    fc.integer({ min: -11, max: 1 }).map((day) => day * DAY_MS - 1),
    fc.integer({ min: -11 * DAY_MS, max: 2 * DAY_MS }),
  )
  .map((offset) => `@ms:${offset}`)

/** Requests to follow/list and listForSystem. */
export const listRequestArb: fc.Arbitrary<Json> = fc
  .record({
    target_type: maybe(fc.constantFrom(...TYPES)),
    target_id_list: maybe(some(fc.constantFrom(...TARGETS, 'nothing'), 3)),
    id_list: maybe(some(idArb, 40)),
    follow_user_ids: maybe(some(fc.constantFrom(...USERS, 'nobody'), 3)),
    follow_dep_ids: maybe(some(fc.constantFrom(...DEPARTMENTS, 99), 3)),
    fetch_child: fc.option(fc.constantFrom(0, 1), { nil: undefined }),
    follow_type_list: maybe(some(fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant(CALL.id)), 3)),
    follow_type_name: maybe(fc.constantFrom(...TYPE_NAMES, CALL.name)),
    title: maybe(fc.constantFrom(...TITLES)),
    follow_time_start: maybe(dayArb),
    follow_time_end: maybe(dayArb),
    page_size: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
    current_index: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  })
  // Most requests use a few filters: with all of them at once nothing is ever found.
  .chain((all) =>
    fc.subarray(Object.entries(all), { maxLength: 4 }).map((given) => Object.fromEntries(given)),
  )

export const pagingArb = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.record({
      page_size: fc.integer({ min: 1, max: 10 }),
      current_index: fc.integer({ min: 1, max: 3 }),
    }),
  },
)

const secondsArb = fc
  .record({
    start: fc.integer({ min: -12 * 86_400, max: 2 * 86_400 }),
    length: fc.constantFrom(
      ...[0, 3600],
      ...[1, 5, 10, 20, 30].map((days) => days * 86_400),
      ...[30 * 86_400 + 1, -1],
    ),
  })
  .map(({ start, length }) => ({ start_time: `@s:${start}`, end_time: `@s:${start + length}` }))

const OLDER_CONDITIONS = ['pair', 'user', 'follow', 'opportunity', 'times', 'paging'] as const

/** Requests to customer/list and opportunity/list. */
export const olderRequestArb: fc.Arbitrary<{ which: 'customer' | 'opportunity'; body: Json }> = fc
  .record({
    which: fc.constantFrom('customer' as const, 'opportunity' as const),
    user: fc.record({ user_id: fc.constantFrom(...USERS) }),
    external: fc.record({ external_user_id: fc.constantFrom(...TARGETS) }),
    follow: fc.record({ follow_id: idArb }),
    opportunity: fc.record({ opportunity_id: fc.constantFrom('123', '1538877699425540097') }),
    times: secondsArb,
    paging: fc.record({
      page_size: fc.integer({ min: 1, max: 20 }),
      current_index: fc.integer({ min: 1, max: 3 }),
    }),
    kinds: fc.oneof(
      { weight: 2, arbitrary: fc.subarray([...OLDER_CONDITIONS], { maxLength: 2 }) },
      { weight: 1, arbitrary: fc.constant(['times'] as const) },
    ),
  })
  .map(({ which, kinds, ...parts }) => {
    const body: Json = {}
    for (const kind of kinds) {
      if (kind === 'pair') Object.assign(body, parts.user, parts.external)
      else if (kind !== 'opportunity' || which === 'opportunity') Object.assign(body, parts[kind])
    }
    return { which, body }
  })

/** Whether a request to a list asks for anything but a page. */
export function isFiltered(body: Json): boolean {
  return Object.keys(body).some((key) => !['page_size', 'current_index', 'fetch_child'].includes(key))
}

const targetArb = fc.dictionary(fc.constantFrom(...TARGET_KEYS), fc.constantFrom(...TARGETS), { maxKeys: 3 })

/** Custom values with numbers that a double would change, and such that a definition can refuse. */
const fieldMapArb = fc.constantFrom<Json[]>(
  {},
  { 等级: 'a' },
  { level: 5, '🙂': null },
  { 等级: 'a', '🙂': [1, null, false] },
  { long: rawNumber('1538877699425540097'), decimal: rawNumber('1.0'), deep: { e: rawNumber('1e3') } },
)

const remindArb: fc.Arbitrary<Json> = fc.record(
  {
    is_remind: fc.constantFrom(0, 1),
    time: timeArb,
    before: fc.constant(60_000),
    content: fc.constant('🙂'),
    user_ids: fc.constantFrom(['zhang'], ['李雷', '🙂']),
  },
  { requiredKeys: [] },
)

const CONTENTS = ['内容', '🙂\n"引"', '客户一', '\\u0041', '<&>']

export const userArb = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('zhang', '李雷', '🙂') },
  { weight: 1, arbitrary: fc.constantFrom(...USERS, 'nobody') },
)
const typeNameArb = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(CALL.name, MEETING.name, '加好友（企微加好友）') },
  { weight: 2, arbitrary: fc.constantFrom(...TYPE_NAMES, '不存在') },
)

/** What create and update have in common, each of it given or not. */
const COMMON_FIELDS = {
  title: fc.constantFrom(...TITLES),
  is_ai: fc.boolean(),
  follow_time: timeArb,
  target: targetArb,
  field_map: fieldMapArb,
  remind: remindArb,
  location_lat: fc.constant('31.2'),
  location_name: fc.constantFrom('上海', ' '),
  attachment: fc.array(
    fc.record(
      {
        name: fc.constantFrom('合同.pdf', 'a'),
        type: fc.constantFrom('file', 'image'),
        cos_url: fc.constant('https://files.example.com/1'),
      },
      { requiredKeys: ['name'] },
    ),
    { minLength: 1, maxLength: 2 },
  ),
}

/** Requests to follow/create, and rows of follow/batchCreate. */
export const createBodyArb: fc.Arbitrary<Json> = fc
  .record({
    what: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom<Json[]>({ type: 0 }, { type: 1 }, { type: 2, stage_id: 7 }) },
      { weight: 1, arbitrary: fc.constantFrom(...TYPES).map((type): Json => ({ target_type: type })) },
    ),
    always: fc.record({
      id: fc.constantFrom(...TARGETS),
      user_id: userArb,
      contact_type: typeNameArb,
      follow_content: fc.constantFrom(...CONTENTS),
    }),
    often: fc.record(COMMON_FIELDS, { requiredKeys: [] }),
  })
  .map(({ what, always, often }): Json => ({ ...what, ...always, ...often }))

const CLEARABLE = ['target', 'field_map', 'attachment', 'location', 'remind', 'title', 'stage_id']

/** Requests to follow/update, but for the id and version of the follow-up. */
export const updateBodyArb: fc.Arbitrary<Json> = fc
  .record({
    user_id: userArb,
    parts: fc
      .record({
        follow_content: fc.constantFrom(...CONTENTS),
        contact_type: typeNameArb,
        target_type: fc.oneof(fc.constantFrom(1, 3, 4), fc.constantFrom(...TYPES)),
        id: fc.constantFrom(...TARGETS),
        stage_id: fc.constantFrom(7, 8),
        ...COMMON_FIELDS,
      })
      // Most change little: with all of it at once nothing of what was there is ever kept.
      .chain((all) => fc.subarray(Object.entries(all), { maxLength: 5 })),
    clear: fc.subarray(CLEARABLE, { maxLength: 2 }),
    both: onceIn(8),
  })
  .map(({ user_id, parts, clear, both }): Json => {
    const given: Json = Object.fromEntries(parts)
    const cleared = clear.filter((name) => both || !givesCleared(given, name))
    return { user_id, ...given, ...(cleared.length > 0 && { clear: cleared }) }
  })

const departmentArb = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...DEPARTMENTS) },
  { weight: 1, arbitrary: fc.constant('1538877699425540097') },
)

const departmentLineArb = fc.record(
  {
    kind: fc.constant('department'),
    id: departmentArb,
    name: fc.constantFrom('销售部', '一部', 'A'),
    parent_id: fc.option(departmentArb),
    order: fc.constantFrom(1, '-3', null),
  },
  { requiredKeys: ['kind', 'id', 'name'] },
)

const staffLineArb = fc.record(
  {
    kind: fc.constant('staff'),
    user_id: fc.constantFrom(...USERS),
    name: fc.constantFrom('张伟', '🙂', 'x'),
    department_ids: fc.array(departmentArb, { maxLength: 3 }),
    main_department_id: fc.option(departmentArb),
    status: fc.constantFrom(1, 2, 4, 5),
    alias: fc.constantFrom('', '老张', null),
    email: fc.constant('a@example.com'),
  },
  { requiredKeys: ['kind', 'user_id', 'name', 'department_ids'] },
)

/** Apps, which ask here, see nothing of people: they are taken in and counted. */
const personLineArb = fc.record(
  {
    kind: fc.constant('person'),
    user_id: fc.constantFrom(...USERS),
    role: fc.constantFrom('staff', 'manager', 'admin'),
    department_ids: fc.array(departmentArb, { maxLength: 3 }),
    disabled: fc.boolean(),
  },
  { requiredKeys: ['kind', 'user_id', 'role'] },
)

const followTypeLineArb = fc.record(
  {
    kind: fc.constant('follow_type'),
    id: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(900_001, 900_002, '1538877699425540097')),
    name: fc.constantFrom(...TYPE_NAMES, '打电话', '加好友(企微加好友)'),
    enabled: fc.boolean(),
    builtin: fc.boolean(),
  },
  { requiredKeys: ['kind', 'id', 'name'] },
)

const targetLineArb = fc.record({
  kind: fc.constant('target'),
  type: fc.constantFrom(1, 3),
  id: fc.constantFrom(...TARGETS),
  name: fc.constantFrom('客户甲', '商机乙', '🎉'),
})

const customFieldLineArb = fc.record(
  {
    kind: fc.constant('custom_field'),
    key: fc.constantFrom('level', 'Level', '等级', '🙂', 'Ａ'),
    name: fc.constantFrom('客户等级', 'x'),
    type: fc.constantFrom('text', 'number', 'single'),
    options: fc.constantFrom([], [{ id: 'a', name: '重点' }], [{ id: 'b', name: '一般' }]),
    required: onceIn(4),
  },
  { requiredKeys: ['kind', 'key', 'name', 'type'] },
)

const lineIdArb = fc.oneof(
  { weight: 10, arbitrary: importedIdArb },
  { weight: 1, arbitrary: mintedIdArb },
  // Ids that the server is about to make.
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 3 }).map((step) => `@next:${step}`) },
)

const followLineArb = fc
  .record({
    kind: fc.constant('follow'),
    id: lineIdArb,
    follow_user_id: fc.constantFrom(...USERS),
    content: fc.constantFrom('内容', '', '🙂'),
    business_type: fc.oneof(fc.constantFrom(1, 3, 4), fc.constantFrom(...TYPES)),
    business_id: fc.constantFrom(...TARGETS),
    target: targetArb,
    follow_type: fc.option(
      fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: 1, max: 5 }) },
        { weight: 1, arbitrary: fc.constantFrom(900_001, 900_003) },
      ),
      { freq: 6 },
    ),
    title: fc.option(fc.constantFrom(...TITLES), { freq: 2 }),
    follow_time: timeArb,
    system: onceIn(4),
    more: fc.record(
      {
        follow_type_desc: fc.constantFrom(...TYPE_NAMES, '打电话'),
        create_time: timeArb,
        stage_id: fc.constantFrom('7', 's'),
        field_map: fieldMapArb,
        location: fc.record({ location_lat: fc.constant('31.2'), location_address: fc.constant('上海') }),
        attachment_list: fc.constantFrom([], [{ name: 'a', material_id: 'm' }]),
        remind: remindArb,
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ more, ...line }): Json => ({ ...line, ...more }))

/**
 * A line for a follow-up that is there or was: as it is, as it was before, or as it is and with another title. The first
 * changes nothing unless the follow-up is deleted: then it is restored.
 */
const againLineArb = fc
  .record({
    how: fc.constantFrom('is', 'was', 'other'),
    state: fc.constantFrom('present', 'present', 'present', 'deleted', 'deleted', 'unknown'),
    at: fc.nat({ max: 200 }),
  })
  .map(({ how, state, at }) => `@again:${how}:${state}:${at}`)

/** Lines that are refused; the key `bad` says so to the model, and is none that the reader knows. */
const BAD_LINES: readonly Line[] = [
  '{',
  'x',
  '[]',
  '{"kind":"nothing"}',
  '{"kind":"staff","user_id":"zhang","name":"\\u0000"}',
  '{"kind":"staff","user_id":"zhang","name":"\\ud83d"}',
  { bad: 1, kind: 'staff', user_id: 'zhang' },
  { bad: 1, kind: 'staff', user_id: 'zhang', name: 'x', status: 9 },
  { bad: 1, kind: 'staff', user_id: 'zhang', name: 'x', department_ids: [null] },
  { bad: 1, kind: 'department', id: '9223372036854775808', name: 'x' },
  { bad: 1, kind: 'follow_type', id: 1, name: 'x'.repeat(257) },
  { bad: 1, kind: 'target', type: 2, id: 'c1', name: 'x' },
  { bad: 1, kind: 'custom_field', key: 'level', name: 'x', type: 'number?' },
  { bad: 1, kind: 'follow', id: -1 },
  {
    bad: 1,
    kind: 'follow',
    id: 1,
    follow_user_id: 'zhang',
    content: 'x',
    business_type: 1,
    business_id: 'c',
  },
]

export const lineArb: fc.Arbitrary<Line> = fc.oneof(
  { weight: 24, arbitrary: followLineArb },
  { weight: 4, arbitrary: againLineArb },
  { weight: 6, arbitrary: staffLineArb },
  { weight: 6, arbitrary: departmentLineArb },
  { weight: 4, arbitrary: followTypeLineArb },
  { weight: 4, arbitrary: targetLineArb },
  { weight: 1, arbitrary: customFieldLineArb },
  { weight: 2, arbitrary: fc.constantFrom(...BAD_LINES) },
  { weight: 1, arbitrary: fc.constant('') },
)

/** The same, people among them, whom no list shows. */
export const lineOrPersonArb: fc.Arbitrary<Line> = fc.oneof(
  { weight: 30, arbitrary: lineArb },
  { weight: 1, arbitrary: personLineArb },
)

/** What every company begins with: staff in several departments, follow types, names. */
export const FIRST_LINES: readonly Line[] = [
  { kind: 'department', id: 2, name: '二部', parent_id: 1 },
  { kind: 'department', id: 1, name: '一部' },
  { kind: 'department', id: 1001, name: '销售', parent_id: 2 },
  { kind: 'staff', user_id: 'zhang', name: '张伟', department_ids: [1001, 3] },
  { kind: 'staff', user_id: '李雷', name: '李雷', department_ids: [1, 2] },
  { kind: 'staff', user_id: '🙂', name: '笑', department_ids: [] },
  { kind: 'follow_type', id: 1, name: '电话跟进' },
  { kind: 'follow_type', id: 2, name: '展会', enabled: false },
  { kind: 'target', type: 1, id: 'c1', name: '客户甲' },
]
