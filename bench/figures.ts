import type { Engine } from './databases.ts'

/** The target of a figure: at least, or at most. */
export interface Target {
  readonly least?: number
  readonly most?: number
}

/** A figure of the table; `of` tells apart those of one row. */
export interface Figure {
  readonly id: RowId
  readonly of: string
  /** Of requests that nobody has sent before: no cache can serve them. This is judged. */
  readonly value: number
  /** The same of one request sent again and again. */
  readonly again?: number | undefined
  readonly facts: Facts
}

type Facts = Partial<Record<FactName, number>>

const FACTS = {
  genjinPerSecond: { en: 'genjin/s', zh: 'genjin/秒', show: count },
  barePerSecond: { en: 'baseline/s', zh: '基准/秒', show: count },
  genjinCpuUs: { en: 'genjin µs CPU', zh: 'genjin µs CPU', show: count },
  bareCpuUs: { en: 'baseline µs CPU', zh: '基准 µs CPU', show: count },
  cpuRatio: { en: 'ratio by CPU', zh: '按 CPU 的比值', show: ratio },
  genjinBusy: { en: 'genjin busy', zh: 'genjin 忙', show: percent },
  bareBusy: { en: 'baseline busy', zh: '基准忙', show: percent },
  againPerSecond: { en: 'repeated genjin/s', zh: '重复请求 genjin/秒', show: count },
  againBarePerSecond: { en: 'repeated baseline/s', zh: '重复请求基准/秒', show: count },
  againCpuUs: { en: 'repeated µs CPU', zh: '重复请求 µs CPU', show: count },
  againCpuRatio: { en: 'repeated by CPU', zh: '重复请求按 CPU', show: ratio },
  us: { en: 'µs', zh: 'µs', show: count },
  firstUs: { en: 'page 1 µs', zh: '第 1 页 µs', show: count },
  smallUs: { en: 'µs at the smallest', zh: '最小时 µs', show: count },
  cpuUs: { en: 'µs CPU', zh: 'µs CPU', show: count },
  againUs: { en: 'repeated µs', zh: '重复请求 µs', show: count },
  naiveUs: { en: 'naive µs', zh: '常规做法 µs', show: count },
  naiveRatio: { en: 'naive ratio', zh: '常规做法的比值', show: ratio },
  genjinSeconds: { en: 'genjin s', zh: 'genjin 秒', show: ratio },
  bareSeconds: { en: 'baseline s', zh: '基准秒', show: ratio },
  quietSeconds: { en: 'without s', zh: '无写入秒', show: ratio },
  pages: { en: 'pages', zh: '页', show: count },
  records: { en: 'records', zh: '条', show: count },
  created: { en: 'created', zh: '已创建', show: count },
  createdPerSecond: { en: 'creates/s', zh: '创建/秒', show: count },
  genjinLines: { en: 'genjin lines/s', zh: 'genjin 行/秒', show: count },
  bareLines: { en: 'baseline lines/s', zh: '基准行/秒', show: count },
  lines: { en: 'lines', zh: '行', show: count },
  p50Ms: { en: 'p50 ms', zh: 'p50 毫秒', show: ratio },
  mixes: { en: 'combinations', zh: '组合', show: count },
  found: { en: 'of these with results', zh: '其中有结果', show: count },
  probes: { en: 'probes', zh: '探测', show: count },
  medianMs: { en: 'median ms', zh: '中位毫秒', show: ratio },
  idleMs: { en: 'idle server meanwhile ms', zh: '同时的空闲服务毫秒', show: ratio },
  p99Ms: { en: 'p99 ms', zh: 'p99 毫秒', show: ratio },
  idleP99Ms: { en: 'p99 ms without', zh: '无此负载时 p99 毫秒', show: ratio },
  longestMs: { en: 'longest ms', zh: '最长毫秒', show: ratio },
  refused: { en: 'refused', zh: '被拒绝', show: count },
  worstPerSecond: { en: 'worst requests/s', zh: '最重的请求/秒', show: count },
  kinds: { en: 'kinds of misuse', zh: '滥用方式', show: count },
} as const satisfies Record<string, { en: string; zh: string; show: (value: number) => string }>

type FactName = keyof typeof FACTS

interface RowSpec {
  readonly en: string
  readonly zh: string
  readonly unit?: string
  readonly targets: Readonly<Partial<Record<Engine, Target>>>
}

const both = (target: Target) => ({ sqlite: target, postgres: target })

/** The rows of the table. */
export const ROWS = {
  P1: {
    en: 'pages/s, 20 records with total ÷ baseline HTTP server',
    zh: '每秒页数（20 条，带总数）÷ 基准 HTTP 服务',
    targets: { sqlite: { least: 0.2 }, postgres: { least: 0.1 } },
  },
  P2: {
    en: 'the same ÷ baseline driver, page query only',
    zh: '同上 ÷ 只执行分页查询的基准驱动',
    targets: { postgres: { least: 0.6 } },
  },
  P3: {
    en: 'middle and last page ÷ page 1',
    zh: '中间一页与最后一页 ÷ 第 1 页',
    targets: both({ most: 1.5 }),
  },
  P4: {
    en: 'page 1 with total: largest size ÷ 10,000',
    zh: '带总数的第 1 页：最大规模 ÷ 10,000 条',
    targets: both({ most: 2 }),
  },
  P5: {
    en: 'reading the whole company, 100 per page ÷ reading by key',
    zh: '逐页读取整个企业（每页 100 条）÷ 按键直接读取',
    targets: { sqlite: { most: 2 }, postgres: { most: 2.5 } },
  },
  P6: {
    en: 'the same with 50 creates/s ÷ without',
    zh: '同样逐页读取，每秒 50 次创建 ÷ 没有创建',
    targets: both({ most: 1.5 }),
  },
  P7: {
    en: 'creates/s of 64 clients ÷ single-row commits/s',
    zh: '64 个客户端的创建/秒 ÷ 数据库引擎单行提交/秒',
    targets: { sqlite: { least: 2 }, postgres: { least: 0.5 } },
  },
  P8: {
    en: 'import of the whole company, lines/s ÷ baseline bulk insert',
    zh: '导入整个企业，行/秒 ÷ 基准批量插入',
    targets: { sqlite: { least: 0.5 }, postgres: { least: 0.35 } },
  },
  // Each figure has its own target, in OWN.
  P9: { en: 'the server process', zh: '服务进程', targets: both({}) },
  P10: {
    en: 'any combination of filters, any page, all four lists',
    zh: '四个列表，任意过滤组合，任意一页',
    unit: 'ms',
    targets: { sqlite: { most: 50 }, postgres: { most: 100 } },
  },
  P11: {
    en: 'longest pause of the event loop during lists, a walk and an import',
    zh: '列表、逐页读取与导入同时进行时事件循环最长的停顿',
    unit: 'ms',
    targets: both({ most: 50 }),
  },
  P12: {
    en: 'p99 of another company during the worst lists, 30 at once ÷ p99 without',
    zh: '一个企业同时发送 30 个最重的列表时，另一个企业的 p99 ÷ 没有这些请求时',
    targets: both({ most: 3 }),
  },
  P13: {
    en: 'peak memory of the server under misuse',
    zh: '被滥用时服务的内存峰值',
    unit: 'MB',
    targets: both({ most: 400 }),
  },
} as const satisfies Record<string, RowSpec>

export type RowId = keyof typeof ROWS

/** Figures with another target than their row. */
const OWN: Readonly<Record<string, Pick<RowSpec, 'unit' | 'targets'>>> = {
  'P1 department of 50': { targets: { sqlite: { least: 0.1 }, postgres: { least: 0.06 } } },
  'P9 memory': { unit: 'MB', targets: { sqlite: { most: 250 }, postgres: { most: 280 } } },
  'P9 start-up': { unit: 's', targets: both({ most: 1 }) },
  'P10 longest': { unit: 's', targets: both({ most: 1 }) },
}

function specOf({ id, of }: Figure): Pick<RowSpec, 'unit' | 'targets'> {
  return OWN[`${id} ${of}`] ?? ROWS[id]
}

function unitOf(figure: Figure): string {
  return specOf(figure).unit ?? ''
}

/** Undefined: measured on this engine without a target. */
function targetOf(figure: Figure, engine: Engine): Target | undefined {
  return specOf(figure).targets[engine]
}

export function targetText(figure: Figure, engine: Engine): string {
  const target = targetOf(figure, engine)
  const unit = unitOf(figure) && ` ${unitOf(figure)}`
  if (target?.least !== undefined) return `≥ ${target.least}${unit}`
  return target?.most === undefined ? '–' : `≤ ${target.most}${unit}`
}

/** Nothing without a target. */
export function markOf(figure: Figure, engine: Engine): '' | '✓' | '✗' {
  const reached = isReached(figure, engine)
  return reached === undefined ? '' : reached ? '✓' : '✗'
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
