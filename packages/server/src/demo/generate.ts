import { dayStart } from './calendar.ts'
import { makeCorp } from './company.ts'
import { makeFollows } from './follows.ts'
import { FEWEST_TARGETS, makeTargets, type TargetTable, targetName } from './targets.ts'

/** How large a made-up company is, and when it worked. The same shape always gives the same lines. */
export interface DemoShape {
  seed: number
  /** 3 or more. */
  staff: number
  /** 5 or more. */
  departments: number
  /** Follow types in all, with the built-in ones and 电话跟进: 9 or more. */
  followTypes: number
  /** 10 or more. */
  targets: number
  /** Follow-ups written by staff, with the two of the documented samples: 2 or more. */
  follows: number
  /** `yyyy-MM-dd`, Asia/Shanghai, 1992 or later. */
  firstDay: string
  /** 1 or more. */
  days: number
  /** Follow-ups written by the system, on top of `follows` and as a share of it, e.g. 0.1. */
  systemShare: number
}

/** The demo company: the year 2025 of a sales team of forty. */
export const DEMO_SHAPE: DemoShape = {
  seed: 20250101,
  staff: 40,
  departments: 14,
  followTypes: 13,
  targets: 800,
  follows: 5000,
  firstDay: '2025-01-01',
  days: 365,
  systemShare: 0.1,
}

/** The least and the most of each; the upper ones keep made-up ids apart. */
const LIMITS: readonly (readonly [keyof DemoShape, number, number])[] = [
  ['staff', 3, 1_000_000],
  ['departments', 5, 5_000],
  ['followTypes', 9, 10_000],
  ['targets', FEWEST_TARGETS, 5_000_000],
  ['follows', 2, 1_000_000_000],
  ['days', 1, 36_500],
]

function checkShape(shape: DemoShape): void {
  for (const [name, least, most] of LIMITS) {
    const count = shape[name] as number
    if (Number.isInteger(count) && count >= least && count <= most) continue
    throw new RangeError(`${name} must be a whole number from ${least} to ${most}`)
  }
  if (!(shape.systemShare >= 0 && shape.systemShare <= 100)) {
    throw new RangeError('systemShare must be from 0 to 100')
  }
}

/** The answer of the documented sample, as it is printed there. Its moment is 2024-02-07 16:00 in Asia/Shanghai. */
const SAMPLE_ANSWER = {
  id: 1234567890,
  follow_user_id: 'user123',
  content: '跟进内容',
  target: {
    contact_id: 'contact123',
    external_id: 'external123',
    company_id: 'company123',
    chat_id: 'chat123',
    clue_id: 'clue123',
    is_ai: false,
  },
  business_type: 1,
  business_id: 'business123',
  follow_type: 1,
  follow_type_desc: '电话跟进',
  field_map: { custom_field_1: '自定义字段值' },
  attachment_list: [
    {
      cos_url: 'https://example.com/file.jpg',
      file_extension: 'jpg',
      material_id: 'material123',
      name: '附件名称',
      type: 'image',
    },
  ],
  location: { location_lat: '39.9042', location_lng: '116.4074', location_address: '北京市朝阳区' },
  follow_time: 1707292800000,
  remind: {
    is_remind: 1,
    time: 1707379200000,
    before: 3600000,
    user_ids: ['user123'],
    content: '提醒内容',
  },
  system: false,
  title: null,
  create_time: 1707292800000,
  update_time: 1707292800000,
  stage_id: null,
}

/** What the request of the documented sample finds, pasted as it is: 2025-01-15 10:30 in Asia/Shanghai. */
const SAMPLE_REQUEST = {
  ...SAMPLE_ANSWER,
  id: 789,
  content: '电话联系王总，确认企业版报价，约定下周一上门演示。',
  target: {
    contact_id: null,
    external_id: '123',
    company_id: null,
    chat_id: null,
    clue_id: null,
    is_ai: false,
  },
  business_id: '123',
  field_map: {},
  attachment_list: [],
  location: null,
  follow_time: Date.UTC(2025, 0, 15, 2, 30),
  remind: { ...SAMPLE_ANSWER.remind, time: Date.UTC(2025, 0, 20, 2, 0), content: '上门演示企业版' },
  title: '系统跟进',
  create_time: Date.UTC(2025, 0, 15, 2, 35),
  update_time: Date.UTC(2025, 0, 15, 2, 35),
}

/**
 * The lines of a bundle (NDJSON, without line ends) for a company of this shape: departments, staff, follow types, fields,
 * targets, follow-ups. RangeError if the shape is too small or its first day is none.
 */
export function* demoLines(shape: DemoShape = DEMO_SHAPE): Generator<string> {
  checkShape(shape)
  const firstMs = dayStart(shape.firstDay)
  const company = makeCorp(shape)
  for (const department of company.departments) yield line('department', department)
  for (const person of company.staff) yield line('staff', person)
  for (const { id, name, builtin, enabled } of company.followTypes) {
    yield line('follow_type', { id, name, builtin, enabled })
  }
  for (const field of company.fields) yield line('custom_field', field)

  const targets = makeTargets(shape.seed, shape.targets, company)
  for (let index = 0; index < shape.targets; index++) {
    const owner = company.staff[targets.owners[index] as number]
    yield line('target', targetFields(targets, index, owner?.user_id ?? null))
  }

  yield line('follow', SAMPLE_REQUEST)
  yield line('follow', SAMPLE_ANSWER)
  const { seed, days, follows, systemShare } = shape
  const counts = { staffCount: follows - 2, systemCount: Math.round(follows * systemShare) }
  yield* makeFollows({ seed, firstMs, days, aboveId: SAMPLE_ANSWER.id, ...counts }, company, targets)
}

function targetFields(targets: TargetTable, index: number, owner_user_id: string | null) {
  return {
    type: targets.types[index],
    id: targets.ids[index],
    name: targetName(targets, index),
    owner_user_id,
  }
}

function line(kind: string, fields: object): string {
  return JSON.stringify({ kind, ...fields })
}
