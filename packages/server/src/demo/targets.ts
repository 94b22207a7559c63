import type { TargetType } from 'genjin-contract'
import type { Company } from './company.ts'
import { Random } from './random.ts'
import {
  BRAND_HEADS,
  BRAND_TAILS,
  CITIES,
  type City,
  CLUE_SOURCES,
  CUSTOMER_ROLES,
  GIVEN_NAMES,
  GROUP_KINDS,
  INDUSTRIES,
  PROJECT_KINDS,
  SURNAMES,
} from './words.ts'

export const CUSTOMER = 1
export const OPPORTUNITY = 3
export const CLUE = 4
export const ORDER = 9
export const GROUP_CHAT = 10
export const CONTACT = 11
export const COMPANY = 12

/** All targets of a company as columns: 200,000 of them stay below 30 MB. Names are computed on every use. */
export interface TargetTable {
  ids: string[]
  types: Uint8Array
  /** Position of the owner in the staff; -1: nobody's. */
  owners: Int32Array
  /** Position of the customer (opportunity, clue, order, group chat) or company (contact) behind it; -1: none. */
  links: Int32Array
}

/** Ids that the documented samples speak of; the first three are customers at the head, where the busy ones are. */
const HEAD: readonly (readonly [TargetType, string | null])[] = [
  [CUSTOMER, '123'],
  [CUSTOMER, '456'],
  [CUSTOMER, 'business123'],
  [OPPORTUNITY, null],
  [ORDER, null],
]
const TAIL: readonly (readonly [TargetType, string])[] = [
  [COMPANY, 'company123'],
  [CUSTOMER, 'external123'],
  [CLUE, 'clue123'],
  [GROUP_CHAT, 'chat123'],
  [CONTACT, 'contact123'],
]

/** The fewest targets a company can have. */
export const FEWEST_TARGETS = HEAD.length + TAIL.length

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

function drawType(random: Random): TargetType {
  const draw = random.below(100)
  if (draw < 44) return CUSTOMER
  if (draw < 64) return CLUE
  if (draw < 75) return CONTACT
  if (draw < 83) return COMPANY
  if (draw < 92) return OPPORTUNITY
  if (draw < 97) return ORDER
  return GROUP_CHAT
}

function drawId(type: TargetType, index: number, random: Random): string {
  if (type === CUSTOMER) return `wm${random.text(LETTERS, 30)}`
  if (type === GROUP_CHAT) return `wr${random.text(LETTERS, 30)}`
  if (type === CONTACT || type === COMPANY) return random.text('0123456789abcdef', 32)
  // A long of 19 digits: one step an index, so no two meet.
  const step = 800_000_000_000n
  return String(1_700_000_000_000_000_000n + BigInt(index) * step + BigInt(random.below(800_000_000_000)))
}

/** Makes `count` targets (10 or more), each linked only to ones that stand before it. */
export function makeTargets(seed: number, count: number, company: Company): TargetTable {
  const random = new Random(seed, 2)
  const ids: string[] = []
  const types = new Uint8Array(count)
  const owners = new Int32Array(count)
  const links = new Int32Array(count).fill(-1)
  const customers: number[] = []
  const companies: number[] = []
  for (let index = 0; index < count; index++) {
    const [fixedType, fixedId] = HEAD[index] ?? TAIL[index - count + TAIL.length] ?? []
    const type = fixedType ?? drawType(random)
    types[index] = type
    ids.push(fixedId ?? drawId(type, index, random))

    const nobodys = type === CLUE && random.chance(0.15)
    const seller = index < 3 ? 0 : random.skewed(company.sellers.length, 0.5)
    owners[index] = nobodys ? -1 : (company.sellers[seller] as number)

    const linked = type === CLUE ? random.chance(0.35) : type === CONTACT ? random.chance(0.6) : true
    const pool = type === CONTACT ? companies : customers
    if (linked && type !== CUSTOMER && type !== COMPANY && pool.length > 0) links[index] = random.pick(pool)
    if (type === CUSTOMER) customers.push(index)
    if (type === COMPANY) companies.push(index)
  }
  return { ids, types, owners, links }
}

/** Takes one word after another out of a number that is scattered from an index: the same index, the same words. */
function wordsOf(index: number) {
  let state = Math.imul(index + 1, 0x9e3779b1)
  return <T>(list: readonly T[]): T => {
    state = Math.imul(state ^ (state >>> 15), 0x85ebca6b) + 0x6d2b79f5
    return list[((state ^ (state >>> 13)) >>> 0) % list.length] as T
  }
}

/** The city a target is in. */
export function cityOf(table: TargetTable, index: number): City {
  const link = table.links[index] as number
  return wordsOf(link >= 0 ? link : index)(CITIES)
}

/** The made-up firm behind a target: its city and its short name. */
function firmOf(table: TargetTable, index: number): { city: string; brand: string } {
  const link = table.links[index] as number
  const pick = wordsOf(link >= 0 ? link : index)
  return { city: pick(CITIES).name, brand: pick(BRAND_HEADS) + pick(BRAND_TAILS) + pick(INDUSTRIES) }
}

/** What a target is called in the lists. */
export function targetName(table: TargetTable, index: number): string {
  const { city, brand } = firmOf(table, index)
  const pick = wordsOf(index + 0x1000000)
  const person = pick(SURNAMES).hanzi + pick(GIVEN_NAMES).hanzi
  switch (table.types[index]) {
    case CUSTOMER:
      return `${person}-${city}${brand}`
    case OPPORTUNITY:
      return `${brand}${pick(PROJECT_KINDS)}项目`
    case CLUE:
      return `${person}(${pick(CLUE_SOURCES)})`
    case ORDER:
      return `SO${100000 + index} ${brand}`
    case GROUP_CHAT:
      return `${brand}${pick(GROUP_KINDS)}`
    case CONTACT:
      return `${person} ${pick(CUSTOMER_ROLES)}`
    default:
      return `${city}${brand}有限公司`
  }
}
