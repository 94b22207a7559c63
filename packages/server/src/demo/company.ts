import { BUILTIN_FOLLOW_TYPES, type CUSTOM_FIELD_TYPES } from 'genjin-contract'
import { type Style, TAGS } from './phrases.ts'
import { Random } from './random.ts'
import { CITIES, COMPANY_NAME, ENGLISH_NAMES, GIVEN_NAMES, POSITIONS, REGIONS, SURNAMES } from './words.ts'

/** A company's directory and settings, each entry with the keys of its bundle line. */
export type Company = ReturnType<typeof makeCorp>
export type Department = ReturnType<typeof makeDepartments>[number]
export type Staff = ReturnType<typeof makeStaff>[number]
/** `style`: what people write when they use the follow type. `weight`: how often they do. */
export type FollowType = ReturnType<typeof makeFollowTypes>[number]
export type CustomField = ReturnType<typeof makeFields>[number]

const FIRST_REGION = 101
const FIRST_TEAM = 1001

/** The first departments of any company: id, name, parent. Under the company three levels: centre, region, team. */
const FIRST_DEPARTMENTS: readonly (readonly [number, string, number | null])[] = [
  [1, COMPANY_NAME, null],
  [2, '销售中心', 1],
  [FIRST_REGION, REGIONS[0] as string, 2],
  [FIRST_TEAM, '上海一组', FIRST_REGION],
  [1002, '上海二组', FIRST_REGION],
  [3, '总经理办公室', 1],
  [102, REGIONS[1] as string, 2],
  [1003, '广州一组', 102],
  [1004, '深圳一组', 102],
  [4, '市场部', 1],
  [103, REGIONS[2] as string, 2],
  [1005, '北京一组', 103],
  [5, '客户成功部', 1],
  [6, '综合管理部', 1],
]
const TEAMS_IN_REGION = 6

/** `count` departments: the first ones, then region after region with its teams. */
function makeDepartments(count: number) {
  const rows = FIRST_DEPARTMENTS.slice(0, count)
  for (let more = 0; rows.length < count; more++) {
    const region = Math.floor(more / (TEAMS_IN_REGION + 1)) + 3
    const team = more % (TEAMS_IN_REGION + 1)
    if (team === 0) {
      rows.push([FIRST_REGION + region, REGIONS[region] ?? `大客户${region}部`, 2])
    } else {
      const serial = (region - 3) * TEAMS_IN_REGION + team - 1
      const city = CITIES[(serial >> 1) % CITIES.length] as (typeof CITIES)[number]
      rows.push([FIRST_TEAM + 5 + serial, `${city.name}${serial + 3}组`, FIRST_REGION + region])
    }
  }
  return rows.map(([id, name, parent_id], index) => ({ id, name, parent_id, order: index + 1 }))
}

function positionIn(department: Department, leads: boolean, random: Random): string {
  if (department.parent_id === null) return '总经理'
  if (department.id >= FIRST_TEAM) return random.pick(leads ? POSITIONS.lead : POSITIONS.sales)
  if (department.id >= FIRST_REGION) return random.pick(POSITIONS.region)
  return department.name.replace(/(办公室|部|中心)$/, '') + random.pick(POSITIONS.office)
}

/** The first round gives every department somebody, beginning with team 1001; after it most go into teams. */
function departmentOf(index: number, departments: Department[], teams: Department[], random: Random) {
  const first = departments.findIndex((department) => department.id === FIRST_TEAM)
  if (index < departments.length) return departments[(first + index) % departments.length] as Department
  return random.pick(random.chance(0.88) ? teams : departments.slice(1))
}

function statusOf(index: number): number {
  if (index % 17 === 15) return 5
  if (index % 29 === 21) return 2
  if (index % 37 === 28) return 4
  return 1
}

function makeStaff(count: number, departments: Department[], random: Random) {
  const teams = departments.filter((department) => department.id >= FIRST_TEAM)
  const namesakes = new Map<string, number>()
  return Array.from({ length: count }, (_, index) => {
    const surname = random.pick(SURNAMES)
    const given = random.pick(GIVEN_NAMES)
    const spelled = surname.pinyin + given.pinyin
    const same = (namesakes.get(spelled) ?? 0) + 1
    namesakes.set(spelled, same)
    const user_id = index === 0 ? 'user123' : same === 1 ? spelled : `${spelled}${same}`

    const main = departmentOf(index, departments, teams, random)
    const other = random.pick(teams)
    const several = index > 0 && random.chance(0.15) && other.id !== main.id
    return {
      user_id,
      name: index === 0 ? '张伟' : surname.hanzi + given.hanzi,
      department_ids: several ? [main.id, other.id] : [main.id],
      main_department_id: main.id,
      status: statusOf(index),
      alias: random.chance(0.5) ? random.pick(ENGLISH_NAMES) : null,
      mobile: `1380013${String(index % 10000).padStart(4, '0')}`,
      position: positionIn(main, index > 0 && index < departments.length, random),
      email: `${user_id}@example.com`,
      avatar: random.chance(0.8) ? `https://files.example.com/avatar/${user_id}.png` : null,
    }
  })
}

/**
 * Positions in `staff` of those who sell and so write follow-ups: people in teams, but nobody whose account was never
 * activated. user123 is first.
 */
function findSellers(staff: Staff[]): number[] {
  return staff.flatMap(({ main_department_id, status }, index) =>
    main_department_id >= FIRST_TEAM && status !== 4 ? [index] : [],
  )
}

const BUILTIN_STYLES: readonly (readonly [Style, number])[] = [
  ['visit', 14],
  ['chat', 28],
  ['phone', 12],
  ['other', 4],
  ['meeting', 6],
  ['phone', 5],
  ['friend', 5],
  ['friend', 2],
]

const OWN_FOLLOW_TYPES: readonly (readonly [string, Style, number])[] = [
  ['微信语音', 'chat', 5],
  ['展会', 'other', 2],
  ['邮件', 'other', 2],
  ['上门演示', 'visit', 3],
  ['客户来访', 'other', 1],
  ['短信', 'chat', 1],
  ['传真', 'other', 1],
]

function makeFollowTypes(count: number) {
  const named = (name: string, [style, weight]: readonly [Style, number], builtin: boolean) => ({
    id: 0,
    name,
    builtin,
    enabled: name !== '邮件',
    style,
    weight,
  })
  const followTypes = [named('电话跟进', ['phone', 20], false)]
  for (const [index, name] of BUILTIN_FOLLOW_TYPES.entries()) {
    followTypes.push(named(name, BUILTIN_STYLES[index] ?? ['other', 1], true))
  }
  for (let own = 0; followTypes.length < count; own++) {
    const [name, ...use] = OWN_FOLLOW_TYPES[own] ?? [`自定义方式${own + 1}`, 'other', 1]
    followTypes.push(named(name, use, false))
  }
  return followTypes.map((followType, index) => ({ ...followType, id: index + 1 }))
}

const FIELDS: readonly (readonly [(typeof CUSTOM_FIELD_TYPES)[number], string, ...string[]])[] = [
  ['text', '自定义字段'],
  ['text', '竞争对手'],
  ['number', '预计金额'],
  ['number', '沟通时长（分钟）'],
  ['date', '预计签约日期'],
  ['date', '下次拜访日期'],
  ['datetime', '约定会议时间'],
  ['datetime', '样品寄出时间'],
  ['single', '客户意向', '高', '中', '低', '未知'],
  ['single', '沟通结果', '有效沟通', '未接通', '无意向', '待确认'],
  ['multi', '关注产品', '企业版', '标准版', '呼叫中心', '会话存档', '数据报表'],
  ['multi', '跟进标签', ...TAGS],
]

function makeFields() {
  return FIELDS.map(([type, name, ...options], index) => ({
    key: `custom_field_${index + 1}`,
    name,
    type,
    options: options.map((option, place) => ({ id: `option_${index + 1}_${place + 1}`, name: option })),
    required: false,
  }))
}

/** Makes a company with so many departments (5 or more), staff and follow types (9 or more). */
export function makeCorp(shape: { seed: number; departments: number; staff: number; followTypes: number }) {
  const departments = makeDepartments(shape.departments)
  const staff = makeStaff(shape.staff, departments, new Random(shape.seed, 1))
  return {
    departments,
    staff,
    sellers: findSellers(staff),
    followTypes: makeFollowTypes(shape.followTypes),
    fields: makeFields(),
  }
}
