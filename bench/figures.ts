import type { Engine } from './databases.ts'

/** What a figure has to reach: at least, or at most. */
export interface Target {
  readonly least?: number
  readonly most?: number
}

/** A figure of the table: `of` says which, where a row has several. */
export interface Figure {
  readonly id: RowId
  readonly of: string
  readonly value: number
  /** The same where no request has been asked before. */
  readonly fresh?: number | undefined
  readonly facts: Facts
}

export type Facts = Partial<Record<FactName, number>>

export const FACTS = {
  genjinPerSecond: { en: 'genjin/s', zh: 'genjin/秒', show: count },
  barePerSecond: { en: 'bare/s', zh: '裸/秒', show: count },
  genjinFreshPerSecond: { en: 'fresh genjin/s', zh: '未问过 genjin/秒', show: count },
  bareFreshPerSecond: { en: 'fresh bare/s', zh: '未问过裸/秒', show: count },
  genjinCpuUs: { en: 'genjin µs CPU', zh: 'genjin µs CPU', show: count },
  bareCpuUs: { en: 'bare µs CPU', zh: '裸 µs CPU', show: count },
  genjinFreshCpuUs: { en: 'fresh µs CPU', zh: '未问过 µs CPU', show: count },
  cpuRatio: { en: 'ratio by CPU', zh: '按 CPU 的比值', show: ratio },
  freshCpuRatio: { en: 'fresh by CPU', zh: '未问过按 CPU', show: ratio },
  genjinBusy: { en: 'genjin busy', zh: 'genjin 忙', show: percent },
  bareBusy: { en: 'bare busy', zh: '裸忙', show: percent },
  us: { en: 'µs', zh: 'µs', show: count },
  firstUs: { en: 'page 1 µs', zh: '第 1 页 µs', show: count },
  freshUs: { en: 'fresh µs', zh: '未问过 µs', show: count },
  freshFirstUs: { en: 'fresh page 1 µs', zh: '未问过第 1 页 µs', show: count },
  smallUs: { en: 'µs at the smallest', zh: '最小时 µs', show: count },
  freshSmallUs: { en: 'fresh µs at the smallest', zh: '未问过最小时 µs', show: count },
  cpuUs: { en: 'µs CPU', zh: 'µs CPU', show: count },
  naiveUs: { en: 'naive µs', zh: '朴素做法 µs', show: count },
  naiveRatio: { en: 'naive ratio', zh: '朴素做法的比值', show: ratio },
  genjinSeconds: { en: 'genjin s', zh: 'genjin 秒', show: ratio },
  bareSeconds: { en: 'bare s', zh: '裸秒', show: ratio },
  quietSeconds: { en: 'without s', zh: '无写入秒', show: ratio },
  pages: { en: 'pages', zh: '页', show: count },
  records: { en: 'records', zh: '条', show: count },
  created: { en: 'created', zh: '已创建', show: count },
  createdPerSecond: { en: 'creates/s', zh: '创建/秒', show: count },
  genjinLines: { en: 'genjin lines/s', zh: 'genjin 行/秒', show: count },
  bareLines: { en: 'bare lines/s', zh: '裸行/秒', show: count },
  lines: { en: 'lines', zh: '行', show: count },
  loadLines: { en: 'lines/s of the whole company', zh: '整个企业行/秒', show: count },
  p50Ms: { en: 'p50 ms', zh: 'p50 毫秒', show: ratio },
  longestMs: { en: 'longest ms', zh: '最长毫秒', show: ratio },
  mixes: { en: 'mixes', zh: '组合', show: count },
  found: { en: 'of them found something', zh: '其中有结果', show: count },
  probes: { en: 'probes', zh: '探测', show: count },
  medianMs: { en: 'median ms', zh: '中位毫秒', show: ratio },
  idleMs: { en: 'idle server meanwhile ms', zh: '同时的空闲服务毫秒', show: ratio },
} as const satisfies Record<string, { en: string; zh: string; show: (value: number) => string }>

export type FactName = keyof typeof FACTS

interface RowSpec {
  readonly title: string
  readonly zh: string
  readonly unit: string
  readonly targets: Readonly<Partial<Record<Engine, Target>>>
}

const both = (target: Target) => ({ sqlite: target, postgres: target })

/** The rows of the table. */
export const ROWS = {
  P1: {
    title: 'pages/s, page 1 of 20 with total ÷ bare HTTP server',
    zh: '每秒页数（20 条的第 1 页，带总数）÷ 裸 HTTP 服务',
    unit: '',
    targets: { sqlite: { least: 0.5 } },
  },
  P2: {
    title: 'the same ÷ bare driver, the page query alone',
    zh: '同上 ÷ 只执行分页查询的裸驱动',
    unit: '',
    targets: { postgres: { least: 0.6 } },
  },
  P3: {
    title: 'page in the middle and last page ÷ page 1',
    zh: '中间一页与最后一页 ÷ 第 1 页',
    unit: '',
    targets: both({ most: 1.5 }),
  },
  P4: {
    title: 'page 1 with total: largest size ÷ 10,000',
    zh: '带总数的第 1 页：最大规模 ÷ 10,000 条',
    unit: '',
    targets: both({ most: 2 }),
  },
  P5: {
    title: 'walk of the company, 100 a page ÷ reading by key',
    zh: '逐页走完全企业（每页 100 条）÷ 按键直接读',
    unit: '',
    targets: both({ most: 3 }),
  },
  P6: {
    title: 'the same walk with 50 creates/s ÷ without',
    zh: '同样的逐页，每秒 50 次创建 ÷ 没有创建',
    unit: '',
    targets: both({ most: 1.5 }),
  },
  P7: {
    title: 'creates/s of 64 clients ÷ single-row commits/s',
    zh: '64 个客户端的创建/秒 ÷ 裸引擎单行提交/秒',
    unit: '',
    targets: { sqlite: { least: 2 }, postgres: { least: 0.5 } },
  },
  P8: {
    title: 'import lines/s ÷ bare bulk insert',
    zh: '导入行/秒 ÷ 裸批量插入',
    unit: '',
    targets: both({ least: 0.5 }),
  },
  // Each has a target of its own.
  P9: { title: 'the server process', zh: '服务进程', unit: '', targets: both({}) },
  P10: {
    title: 'p99 of random mixes of filters',
    zh: '任意过滤组合的 p99',
    unit: 'ms',
    targets: { sqlite: { most: 50 }, postgres: { most: 100 } },
  },
  P11: {
    title: 'longest stop of the event loop during lists, a walk, an import',
    zh: '列表、逐页与导入同时进行时事件循环最长的停顿',
    unit: 'ms',
    targets: both({ most: 50 }),
  },
} as const satisfies Record<string, RowSpec>

export type RowId = keyof typeof ROWS

/** Figures whose target is not that of their row. */
const OWN: Readonly<Record<string, { readonly unit?: string; readonly target: Target }>> = {
  'P1 department of 50': { target: { least: 0.3 } },
  'P9 memory': { unit: 'MB', target: { most: 250 } },
  'P9 start-up': { unit: 's', target: { most: 1 } },
}

export function unitOf({ id, of }: Figure): string {
  return OWN[`${id} ${of}`]?.unit ?? ROWS[id].unit
}

/** Undefined: measured on this engine without a target. */
export function targetOf({ id, of }: Figure, engine: Engine): Target | undefined {
  const { targets }: RowSpec = ROWS[id]
  return targets[engine] && (OWN[`${id} ${of}`]?.target ?? targets[engine])
}

export function targetText(figure: Figure, engine: Engine): string {
  const target = targetOf(figure, engine)
  const unit = unitOf(figure) && ` ${unitOf(figure)}`
  if (target?.least !== undefined) return `≥ ${target.least}${unit}`
  return target?.most === undefined ? '–' : `≤ ${target.most}${unit}`
}

/** Undefined without a target. */
export function isReached(figure: Figure, engine: Engine): boolean | undefined {
  const target = targetOf(figure, engine)
  if (!target) return undefined
  return figure.value >= (target.least ?? -Infinity) && figure.value <= (target.most ?? Infinity)
}

export function valueText(figure: Figure, value = figure.value): string {
  const unit = unitOf(figure)
  return unit === '' ? ratio(value) : `${ratio(value)} ${unit}`
}

export function factsText({ facts }: Figure, language: 'en' | 'zh'): string {
  return Object.entries(facts)
    .filter(([, value]) => value !== undefined && Number.isFinite(value))
    .map(([name, value]) => `${FACTS[name as FactName][language]} ${FACTS[name as FactName].show(value)}`)
    .join(language === 'en' ? ', ' : '，')
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

export function ratio(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (value >= 100) return count(value)
  return value >= 10 ? value.toFixed(1) : value >= 0.1 ? value.toFixed(2) : value.toPrecision(2)
}

function percent(value: number): string {
  return `${Math.round(value * 100)}%`
}
