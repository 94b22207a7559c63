import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  BUILTIN_FOLLOW_TYPES,
  BUNDLE_LINES,
  type BundleKind,
  CUSTOM_FIELD_TYPES,
  TARGET_TYPES,
} from 'genjin-contract'
import { DEMO_SHAPE, demoLines } from './generate.ts'

// biome-ignore lint/suspicious/noExplicitAny: lines are read as any other program would read them
type Line = Record<string, any>

const SMALLEST = { ...DEMO_SHAPE, staff: 3, departments: 5, followTypes: 9, targets: 10, follows: 2, days: 1 }

const lines = [...demoLines()]
const parsed = lines.map((line): Line => JSON.parse(line))
const follows = ofKind('follow')
const byStaff = follows.filter((follow) => !follow.system)

function ofKind(kind: BundleKind): Line[] {
  return parsed.filter((line) => line.kind === kind)
}

function digest(shape = DEMO_SHAPE): string {
  const hash = createHash('sha256')
  for (const line of demoLines(shape)) hash.update(line).update('\n')
  return hash.digest('hex')
}

/** The ids as they are written: JSON.parse would round the long ones. */
function writtenIds(text: Iterable<string>): string[] {
  return Array.from(text).flatMap((line) => /^\{"kind":"follow","id":(\d+),/.exec(line)?.[1] ?? [])
}

/** Each value once, in order. */
function valuesOf(list: Line[], key: string): unknown[] {
  return [...new Set(list.map((line) => line[key]))].sort()
}

/** How many are in the list of each line, each number once. */
function countsOf(list: Line[], key: string): number[] {
  return [...new Set(list.map((line) => line[key].length as number))].sort()
}

function shanghai(ms: number): Date {
  return new Date(ms + 8 * 3_600_000)
}

test('the same shape gives the same lines, another seed others', () => {
  assert.equal(digest(), digest())
  assert.notEqual(digest({ ...DEMO_SHAPE, seed: 2 }), digest())
})

test('more follow-ups leave directory and targets as they are', () => {
  const before = (shape: typeof DEMO_SHAPE) =>
    [...demoLines(shape)].filter((line) => !line.startsWith('{"kind":"follow",'))
  assert.deepEqual(before({ ...DEMO_SHAPE, follows: 10 }), before(DEMO_SHAPE))
})

test('every line has kind first, then every key of its kind in the order of the contract', () => {
  for (const { kind, ...rest } of parsed) {
    assert.deepEqual(Object.keys(rest), Object.keys(BUNDLE_LINES[kind as BundleKind].properties))
  }
  assert.ok(lines.every((line) => line.startsWith('{"kind":"') && !line.includes('\n')))
})

test('kinds come in order and as many as the shape says', () => {
  const order = valuesInOrder(parsed.map((line) => line.kind))
  // People come in by the sign-in page.
  assert.deepEqual(
    order,
    Object.keys(BUNDLE_LINES).filter((kind) => kind !== 'person'),
  )
  assert.equal(ofKind('department').length, DEMO_SHAPE.departments)
  assert.equal(ofKind('staff').length, DEMO_SHAPE.staff)
  assert.equal(ofKind('follow_type').length, DEMO_SHAPE.followTypes)
  assert.equal(ofKind('target').length, DEMO_SHAPE.targets)
  assert.equal(byStaff.length, DEMO_SHAPE.follows)
  assert.equal(follows.length - byStaff.length, DEMO_SHAPE.follows * DEMO_SHAPE.systemShare)
})

/** Runs of equal values, each run once. */
function valuesInOrder(values: unknown[]): unknown[] {
  return values.filter((value, index) => value !== values[index - 1])
}

test('the request of the documented sample finds 789 and nothing else', () => {
  const staff = new Map(ofKind('staff').map((person) => [person.user_id, person]))
  const matches = byStaff.filter(
    (follow) =>
      follow.business_type === 1 &&
      ['123', '456'].some((id) => follow.business_id === id || Object.values(follow.target).includes(id)) &&
      follow.id === 789 &&
      follow.follow_user_id === 'user123' &&
      staff.get(follow.follow_user_id)?.department_ids.some((id: number) => id === 1001 || id === 1002) &&
      [1, 2].includes(follow.follow_type) &&
      follow.follow_type_desc === '电话跟进' &&
      follow.title === '系统跟进' &&
      follow.follow_time >= Date.parse('2025-01-01T00:00:00+08:00') &&
      follow.follow_time < Date.parse('2025-02-08T00:00:00+08:00'),
  )
  assert.equal(matches.length, 1)
  assert.equal(matches[0]?.business_id, '123')
  assert.equal(matches[0]?.target.external_id, '123')
  assert.equal(shanghai(matches[0]?.follow_time).toISOString().slice(0, 10), '2025-01-15')
  assert.equal(follows.filter((follow) => follow.title === '系统跟进').length, 1)
})

test('1234567890 is the documented sample, byte for byte in meaning', () => {
  const { kind, system, title, create_time, update_time, stage_id, ...answer } = follows.find(
    (follow) => follow.id === 1234567890,
  ) as Line
  const file = new URL('../../../../test/fixtures/seed-answer.json', import.meta.url)
  const documented = readFileSync(file, 'utf8')
  assert.deepEqual(answer, JSON.parse(documented).data.records[0])
  assert.deepEqual([kind, system, title, stage_id], ['follow', false, null, null])
  assert.deepEqual([create_time, update_time], [1707292800000, 1707292800000])
})

test('the smallest shape holds the documented samples too', () => {
  const small = [...demoLines(SMALLEST)]
  const special = (all: string[]) => all.filter((line) => /"id":(789|1234567890),/.test(line))
  assert.deepEqual(special(small), special(lines))
  const targets = small.filter((line) => line.startsWith('{"kind":"target"')).map((line) => JSON.parse(line))
  assert.deepEqual(new Set(targets.map((target) => target.type)), new Set(TARGET_TYPES))
})

test('departments form one tree with teams on its fourth level', () => {
  const parents = new Map(ofKind('department').map(({ id, parent_id }) => [id, parent_id]))
  const depth = (id: number | null): number => (id === null ? 0 : 1 + depth(parents.get(id)))
  assert.deepEqual([1, 2, 101, 1001, 1002].map(depth), [1, 2, 3, 4, 4])
  assert.deepEqual(ofKind('department').filter((department) => department.parent_id === null).length, 1)
  for (const person of ofKind('staff')) {
    assert.ok(person.department_ids.includes(person.main_department_id))
    assert.ok(person.department_ids.every((id: number) => parents.has(id)))
  }
})

test('staff have every status, one or two departments, and ids of their own', () => {
  const staff = ofKind('staff')
  assert.deepEqual(valuesOf(staff, 'status'), [1, 2, 4, 5])
  assert.deepEqual(countsOf(staff, 'department_ids'), [1, 2])
  assert.equal(valuesOf(staff, 'user_id').length, staff.length)
  assert.equal(staff[0]?.user_id, 'user123')
})

test('follow types: 电话跟进, the built-in ones, own ones; fields of every type', () => {
  const followTypes = ofKind('follow_type')
  assert.deepEqual(
    followTypes.slice(0, 9).map(({ id, name, builtin }) => [id, name, builtin]),
    ['电话跟进', ...BUILTIN_FOLLOW_TYPES].map((name, index) => [index + 1, name, index > 0]),
  )
  assert.ok(followTypes.slice(9).every((followType) => !followType.builtin))
  assert.deepEqual(valuesOf(ofKind('custom_field'), 'type'), [...CUSTOM_FIELD_TYPES].sort())
})

test('all seven target types occur, with the ids that belong to them', () => {
  assert.deepEqual(new Set(ofKind('target').map((target) => target.type)), new Set(TARGET_TYPES))
  assert.deepEqual(new Set(byStaff.map((follow) => follow.business_type)), new Set(TARGET_TYPES))
  const types = new Map(ofKind('target').map((target) => [target.id, target.type]))
  assert.equal(types.size, DEMO_SHAPE.targets)
  const own = { 1: 'external_id', 4: 'clue_id', 10: 'chat_id', 11: 'contact_id', 12: 'company_id' } as Line
  for (const { id, business_type, business_id, target } of follows) {
    assert.equal(types.get(business_id), business_type)
    if (id === 1234567890) continue
    if (business_type in own) assert.equal(target[own[business_type]], business_id)
    else assert.equal(types.get(target.external_id), 1)
    if (target.company_id) assert.equal(types.get(target.company_id), 12)
  }
  for (const [id, type] of types) if (type === 3 || type === 9) assert.match(id, /^[1-9]\d{18}$/)
})

test('ids are unique, exact, and grow with create time; some have 19 digits', () => {
  const ids = writtenIds(lines).map(BigInt)
  assert.equal(new Set(ids).size, follows.length)
  const long = ids.filter((id) => id > 2n ** 53n)
  assert.ok(long.every((id) => String(id).length === 19 && id < 2n ** 63n))
  assert.ok(long.length > ids.length * 0.03 && long.length < ids.length * 0.07)
  assert.ok(long.some((id) => BigInt(Number(id)) !== id))
  const short = ids.filter((id) => id <= 2n ** 53n)
  assert.ok(short.every((id, index) => index === 0 || id > (short[index - 1] as bigint)))
})

test('follow-ups lie in office hours of the year, some at the very same moment', () => {
  const made = byStaff.slice(2)
  assert.ok(new Set(made.map((follow) => follow.follow_time)).size < made.length - 100)
  const inOffice = made.filter(({ follow_time }) => {
    const moment = shanghai(follow_time)
    return moment.getUTCDay() % 6 !== 0 && moment.getUTCHours() >= 8 && moment.getUTCHours() < 19
  })
  assert.ok(inOffice.length > made.length * 0.85)
  for (const { follow_time, create_time, update_time } of follows) {
    assert.ok(follow_time <= create_time && create_time <= update_time)
  }
  assert.ok(made.every(({ follow_time }) => shanghai(follow_time).getUTCFullYear() === 2025))
})

test('system records have a title and no followType', () => {
  const system = follows.filter((follow) => follow.system)
  assert.ok(system.every(({ title, content }) => title && content.startsWith('系统自动跟进：')))
  assert.ok(system.every(({ follow_type, follow_type_desc }) => follow_type === null && !follow_type_desc))
})

test('what staff add: reminders, fields, places, attachments, stages', () => {
  const fields = new Set(ofKind('custom_field').map((field) => field.key))
  for (const follow of byStaff) {
    if (follow.remind?.is_remind) assert.ok(follow.remind.time > follow.follow_time)
    assert.ok(Object.keys(follow.field_map).every((key) => fields.has(key)))
    if (follow.business_type === 3) assert.match(follow.stage_id, /^\d{19}$/)
  }
  const share = (has: (follow: Line) => unknown) => byStaff.filter(has).length / byStaff.length
  assert.ok(Math.abs(share((follow) => follow.remind?.is_remind) - 0.2) < 0.03)
  assert.ok(Math.abs(share((follow) => Object.keys(follow.field_map).length) - 0.4) < 0.03)
  assert.ok(share((follow) => follow.location) > 0.1)
  assert.ok(share((follow) => follow.content.includes('\n')) > 0.1)
  assert.deepEqual(countsOf(byStaff, 'attachment_list'), [0, 1, 2, 3])
})

test('another shape: 50,000 follow-ups over three years from 2017, unique ids', () => {
  const shape = { seed: 7, staff: 500, departments: 60, followTypes: 12, targets: 2000, follows: 50_000 }
  const all = [...demoLines({ ...shape, firstDay: '2017-06-01', days: 1096, systemShare: 0.25 })]
  const ids = writtenIds(all)
  assert.equal(new Set(ids).size, 62_500)
  assert.equal(all.length, 60 + 500 + 12 + 12 + 2000 + 62_500)
  for (const line of all) assert.equal(Object.keys(JSON.parse(line))[0], 'kind')
})

test('a shape that cannot be made is refused', () => {
  assert.throws(() => demoLines({ ...DEMO_SHAPE, departments: 4 }).next(), /departments must be/)
  assert.throws(() => demoLines({ ...DEMO_SHAPE, follows: 1.5 }).next(), RangeError)
  assert.throws(() => demoLines({ ...DEMO_SHAPE, firstDay: '2025-02-30' }).next(), /not a day/)
  assert.throws(() => demoLines({ ...DEMO_SHAPE, systemShare: Number.NaN }).next(), RangeError)
})
