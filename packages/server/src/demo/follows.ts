import { DAY_MS, HOUR_MS, MINUTE_MS, shareOfDay, workBefore, workMoment } from './calendar.ts'
import type { Company, FollowType, Staff } from './company.ts'
import { attachments, fieldMap, location, remind, targetIds } from './follow-parts.ts'
import { STAGES, TITLES } from './phrases.ts'
import { Random } from './random.ts'
import { OPPORTUNITY, type TargetTable } from './targets.ts'
import { AI_PREFIX, followText, systemText } from './text.ts'

/** How many follow-ups, and when: days in Asia/Shanghai from the midnight `firstMs`. */
export interface FollowPlan {
  seed: number
  firstMs: number
  days: number
  staffCount: number
  systemCount: number
  /** Ids begin above this one. */
  aboveId: number
}

/**
 * Lines of follow-ups in order of create time. One day's moments are held at a time, so memory does not grow with the
 * number of follow-ups.
 */
export function* makeFollows(plan: FollowPlan, company: Company, targets: TargetTable): Generator<string> {
  const random = new Random(plan.seed, 3)
  const writer = new FollowWriter(random, company, targets, plan.aboveId)
  const before = workBefore(plan.firstMs, plan.days)
  for (let day = 0; day < plan.days; day++) {
    const byStaff = shareOfDay(plan.staffCount, before, day)
    const moments = new Int32Array(byStaff + shareOfDay(plan.systemCount, before, day))
    // Moment and author in one number: sorting then needs no callback.
    for (let index = 0; index < moments.length; index++) {
      moments[index] = workMoment(random) * 2 + (index < byStaff ? 0 : 1)
    }
    moments.sort()
    const start = plan.firstMs + day * DAY_MS
    for (const moment of moments) {
      const createMs = start + (moment >> 1)
      yield moment & 1 ? writer.systemLine(createMs) : writer.staffLine(createMs)
    }
  }
}

const ID_EPOCH_MS = Date.UTC(2024, 0, 1)
const IDS_IN_MS = 4096

/** The platform's ids count units of 2^-22 ms from this moment, as its sample 1538877699425540097 shows. */
const PLATFORM_EPOCH_MS = 1_288_834_974_657
const PLATFORM_UNITS_IN_MS = 2 ** 22
const PLATFORM_SHARE = 0.05

/** Writes line after line; `createMs` must not fall from one call to the next. */
class FollowWriter {
  #random: Random
  #company: Company
  #targets: TargetTable
  /** Every follow type as many times as its weight. */
  #followTypes: FollowType[]
  #id: number
  #platformId = 10n ** 18n
  #followMs = 0
  #sharing = 0

  constructor(random: Random, company: Company, targets: TargetTable, aboveId: number) {
    this.#random = random
    this.#company = company
    this.#targets = targets
    this.#followTypes = company.followTypes.flatMap((followType) =>
      Array<FollowType>(followType.weight).fill(followType),
    )
    this.#id = aboveId
  }

  /** A follow-up written by staff. */
  staffLine(createMs: number): string {
    const random = this.#random
    const { index, type, staff } = this.#drawTarget()
    const followType = random.pick(this.#followTypes)
    const isAi = random.chance(0.02)
    const followMs = this.#followTime(createMs)
    return this.#line(createMs, {
      follow_user_id: staff,
      content: (isAi ? AI_PREFIX : '') + followText(random, followType.style, type),
      target: targetIds(this.#targets, index, isAi),
      business_type: type,
      business_id: this.#targets.ids[index] as string,
      follow_type: followType.id,
      follow_type_desc: followType.name,
      field_map: random.chance(0.4) ? fieldMap(random, this.#company.fields, followMs) : {},
      attachment_list: random.chance(0.22) ? attachments(random, followMs) : [],
      location:
        followType.style === 'visit' && random.chance(0.92) ? location(random, this.#targets, index) : null,
      follow_time: followMs,
      remind: remind(random, followMs, staff, this.#seller().user_id),
      system: false,
      title: random.chance(0.03) ? random.pick(TITLES) : null,
      create_time: createMs,
      update_time: random.chance(0.9) ? createMs : createMs + random.below(3 * DAY_MS),
      stage_id: type === OPPORTUNITY ? random.pick(STAGES).id : null,
    })
  }

  /** A follow-up that the system wrote by itself. */
  systemLine(createMs: number): string {
    const { index, type, staff } = this.#drawTarget()
    const { title, content } = systemText(this.#random, type, this.#seller().name)
    return this.#line(createMs, {
      follow_user_id: staff,
      content,
      target: targetIds(this.#targets, index, false),
      business_type: type,
      business_id: this.#targets.ids[index] as string,
      follow_type: null,
      follow_type_desc: null,
      field_map: {},
      attachment_list: [],
      location: null,
      follow_time: createMs,
      remind: null,
      system: true,
      title,
      create_time: createMs,
      update_time: createMs,
      stage_id: null,
    })
  }

  /** The id goes in as text: most 19-digit ids have no double of their own. */
  #line(createMs: number, fields: object): string {
    return `{"kind":"follow","id":${this.#nextId(createMs)},${JSON.stringify(fields).slice(1)}`
  }

  /** Ids grow with create time: most below 2^53, some with 19 digits as the platform's. */
  #nextId(createMs: number): number | bigint {
    if (this.#random.chance(PLATFORM_SHARE)) {
      const units = BigInt(createMs - PLATFORM_EPOCH_MS) * BigInt(PLATFORM_UNITS_IN_MS)
      const id = units + BigInt(this.#random.below(PLATFORM_UNITS_IN_MS))
      this.#platformId = id > this.#platformId ? id : this.#platformId + 1n
      return this.#platformId
    }
    this.#id = Math.max((createMs - ID_EPOCH_MS) * IDS_IN_MS, this.#id + 1)
    return this.#id
  }

  /** A target, and who writes about it: mostly its owner, at times a colleague. */
  #drawTarget(): { index: number; type: number; staff: string } {
    const { ids, types, owners } = this.#targets
    const index = this.#random.skewed(ids.length, 0.6)
    const owner = this.#random.chance(0.8) ? this.#company.staff[owners[index] as number] : undefined
    return { index, type: types[index] as number, staff: (owner ?? this.#seller()).user_id }
  }

  #seller(): Staff {
    const { sellers, staff } = this.#company
    return staff[sellers[this.#random.skewed(sellers.length, 0.5)] as number] as Staff
  }

  /** People enter whole minutes, some exact moments, and one minute for all visits of a round. */
  #followTime(createMs: number): number {
    const random = this.#random
    if (this.#sharing > 0 && createMs - this.#followMs < 12 * HOUR_MS) {
      this.#sharing--
      return this.#followMs
    }
    this.#sharing = random.chance(0.02) ? 1 + random.below(6) : 0
    const lag = MINUTE_MS + random.below(random.chance(0.1) ? 3 * HOUR_MS : 25 * MINUTE_MS)
    const exact = createMs - lag
    const step = random.chance(0.25) ? 1 : random.chance(0.7) ? MINUTE_MS : 5 * MINUTE_MS
    this.#followMs = exact - (exact % step)
    return this.#followMs
  }
}
