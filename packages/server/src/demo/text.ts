import {
  BRIEF,
  CUSTOMER_STATES,
  DETAILS,
  EMOJI,
  NEXT_STEPS,
  OPENERS,
  type Phrase,
  REMINDERS,
  SECTIONS,
  SPECIFIC,
  STAGES,
  type Style,
  TAGS,
} from './phrases.ts'
import type { Random } from './random.ts'
import { CLUE, OPPORTUNITY } from './targets.ts'

function say(list: readonly Phrase[], random: Random): string {
  return fill(random.pick(list), random)
}

function fill(phrase: Phrase, random: Random): string {
  let text = ''
  for (const part of phrase) text += typeof part === 'string' ? part : random.pick(part)
  return text
}

/** `count` details, none twice. */
function details(random: Random, count: number): string[] {
  const first = random.below(DETAILS.length)
  return Array.from({ length: count }, (_, index) =>
    fill(DETAILS[(first + index * 5) % DETAILS.length] as Phrase, random),
  )
}

/** What a salesperson writes: mostly two to four sentences, at times a word, a list or a page. */
export function followText(random: Random, style: Style, targetType: number): string {
  const draw = random.fraction()
  const ending = random.chance(0.07) ? random.pick(EMOJI) : ''
  if (draw < 0.16) return say(BRIEF, random) + ending
  const opener = say(OPENERS[style], random)
  const specific = say(SPECIFIC[targetType] ?? DETAILS, random)
  if (draw < 0.42) return opener + specific + ending
  if (draw < 0.8) return opener + specific + say(DETAILS, random) + say(NEXT_STEPS, random) + ending
  if (draw < 0.98) {
    const points = [specific, ...details(random, 2 + random.below(3))]
    const list = points.map((point, index) => `${index + 1}. ${point}`)
    return `${opener}\n${list.join('\n')}\n${say(NEXT_STEPS, random)}${ending}`
  }
  return minutes(random, opener, specific) + ending
}

/** Minutes of a long talk: a heading for each section and some lines under it, up to about 2,000 characters. */
function minutes(random: Random, opener: string, specific: string): string {
  const lines = [opener, specific]
  for (const section of SECTIONS) {
    lines.push('', `【${section}】`)
    for (const detail of details(random, 1 + random.below(6))) lines.push(`- ${detail}`)
  }
  lines.push('', say(NEXT_STEPS, random))
  return lines.join('\n')
}

/** What a transcribed call adds in front of a follow-up that was written by AI. */
export const AI_PREFIX = 'AI 通话小结：'

export function reminderText(random: Random): string {
  return say(REMINDERS, random)
}

/** Title and content of a follow-up that the system writes by itself; `newOwner` is a name. */
export function systemText(random: Random, targetType: number, newOwner: string) {
  const [title, detail] = systemChange(random, targetType, newOwner)
  return { title, content: `系统自动跟进：${detail}` }
}

function systemChange(random: Random, targetType: number, newOwner: string): readonly [string, string] {
  if (targetType === OPPORTUNITY && random.chance(0.6)) {
    return ['商机阶段变更', `商机阶段变更为「${random.pick(STAGES).name}」`]
  }
  if (targetType === CLUE && random.chance(0.4)) return ['线索转客户', '线索已转为客户']
  const draw = random.fraction()
  if (draw < 0.45) {
    const from = random.below(CUSTOMER_STATES.length - 1)
    return ['客户状态变更', `客户状态由「${CUSTOMER_STATES[from]}」变更为「${CUSTOMER_STATES[from + 1]}」`]
  }
  if (draw < 0.8) return ['标签变更', `新增标签「${random.pick(TAGS)}」`]
  return ['负责人变更', `负责人变更为 ${newOwner}`]
}
