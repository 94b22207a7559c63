import { DAY_MS, dayText, HOUR_MS, MINUTE_MS, midnightBefore, momentText } from './calendar.ts'
import type { CustomField } from './company.ts'
import type { Random } from './random.ts'
import {
  CLUE,
  COMPANY,
  CONTACT,
  CUSTOMER,
  cityOf,
  GROUP_CHAT,
  OPPORTUNITY,
  ORDER,
  type TargetTable,
} from './targets.ts'
import { reminderText } from './text.ts'
import { BUILDINGS, ROADS } from './words.ts'

/** `target` of a follow-up about the target at `index`: its own id and that of the customer or company behind it. */
export function targetIds(table: TargetTable, index: number, isAi: boolean) {
  const type = table.types[index]
  const id = table.ids[index] as string
  const link = table.links[index] as number
  const behind = link >= 0 ? (table.ids[link] as string) : null
  const ofCustomer = type === OPPORTUNITY || type === ORDER || type === CLUE
  return {
    contact_id: type === CONTACT ? id : null,
    external_id: type === CUSTOMER ? id : ofCustomer ? behind : null,
    company_id: type === COMPANY ? id : type === CONTACT ? behind : null,
    chat_id: type === GROUP_CHAT ? id : null,
    clue_id: type === CLUE ? id : null,
    is_ai: isAi,
  }
}

interface AttachmentKind {
  type: string
  extensions: readonly string[]
  names: readonly string[]
}

const ATTACHMENTS: readonly AttachmentKind[] = [
  { type: 'image', extensions: ['jpg', 'png'], names: ['现场照片', '名片', '白板', '聊天截图'] },
  {
    type: 'file',
    extensions: ['pdf', 'docx', 'xlsx'],
    names: ['报价单', '合同草稿', '会议纪要', '需求清单'],
  },
  { type: 'video', extensions: ['mp4'], names: ['演示录屏', '现场视频'] },
  { type: 'web', extensions: ['html'], names: ['产品介绍', '案例合集'] },
]

/** One to three attachments. */
export function attachments(random: Random, followMs: number) {
  const day = dayText(followMs)
  return Array.from({ length: 1 + random.below(3) }, () => {
    const kind = ATTACHMENTS[random.skewed(ATTACHMENTS.length, 0.3)] as AttachmentKind
    const extension = random.pick(kind.extensions)
    return {
      cos_url: `https://files.example.com/follow/${day.slice(0, 7)}/${random.hex()}.${extension}`,
      file_extension: extension,
      material_id: random.chance(0.25) ? `material_${random.hex()}` : null,
      name: `${random.pick(kind.names)}_${day}.${extension}`,
      type: kind.type,
    }
  })
}

/** A place within some 10 km of the middle of the target's city. */
export function location(random: Random, table: TargetTable, target: number) {
  const { name, lat, lng, districts } = cityOf(table, target)
  const street = `${random.pick(ROADS)}${1 + random.below(999)}号`
  return {
    location_lat: (lat + (random.fraction() - 0.5) / 5).toFixed(6),
    location_lng: (lng + (random.fraction() - 0.5) / 5).toFixed(6),
    location_address: `${name}市${random.pick(districts)}${street}${random.chance(0.6) ? random.pick(BUILDINGS) : ''}`,
  }
}

const BEFORE_MS = [0, 15 * MINUTE_MS, HOUR_MS, HOUR_MS, DAY_MS]

/** A reminder within two weeks, in office hours; or one that is switched off; or none. */
export function remind(random: Random, followMs: number, staff: string, colleague: string) {
  const draw = random.fraction()
  if (draw < 0.2) {
    const day = midnightBefore(followMs) + (1 + random.below(14)) * DAY_MS
    return {
      is_remind: 1,
      time: day + 9 * HOUR_MS + random.below(18) * 30 * MINUTE_MS,
      before: random.pick(BEFORE_MS),
      user_ids: colleague !== staff && random.chance(0.15) ? [staff, colleague] : [staff],
      content: reminderText(random),
    }
  }
  return draw < 0.24 ? { is_remind: 0, time: null, before: null, user_ids: [], content: null } : null
}

function fieldValue(random: Random, { type, name, options }: CustomField, followMs: number): unknown {
  switch (type) {
    case 'number':
      return name === '预计金额' ? (1 + random.below(400)) * 500 : (1 + random.below(240)) / 4
    case 'date':
      return dayText(followMs + random.below(60) * DAY_MS)
    case 'datetime':
      return momentText(midnightBefore(followMs) + (1 + random.below(30)) * DAY_MS + 10 * HOUR_MS)
    case 'single':
      return random.pick(options)
    case 'multi': {
      const first = random.below(options.length)
      return options.slice(first, first + 1 + random.below(3))
    }
    default:
      return random.pick(TEXT_VALUES)
  }
}

const TEXT_VALUES = [
  '自定义字段值',
  '友商A',
  '友商B',
  '暂无',
  '需总部确认',
  '客户要求保密',
  '朋友介绍，优先处理',
  '同行业',
]

/** Values of one to four fields. */
export function fieldMap(random: Random, fields: readonly CustomField[], followMs: number) {
  const map: Record<string, unknown> = {}
  let place = random.below(fields.length)
  for (let left = 1 + random.below(4); left > 0; left--) {
    const field = fields[place] as CustomField
    map[field.key] = fieldValue(random, field, followMs)
    place = (place + 5) % fields.length
  }
  return map
}
