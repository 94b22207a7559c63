import { toJson } from 'genjin-client'
import { KINDS } from './exact-differences.ts'
import type { Differing, Finding, Summary } from './findings.ts'
import { type ListName, operationOf, requestLines } from './request.ts'

/** A list that one side lacks, or both. */
export interface Missing {
  readonly operation: ListName
  readonly side: 'a' | 'b' | 'both'
}

/** The result of a run. */
export interface Outcome {
  readonly seed: number
  readonly summary: Summary
  readonly missing: readonly Missing[]
  /** Those that are reported in full. */
  readonly differences: readonly Differing[]
}

/** Most kinds of differences that the summary lists. */
const MOST_KINDS = 30

/** What is printed about one request. */
export function differingText({ number, request, findings }: Differing): string {
  const [address, ...body] = requestLines(request)
  const lines = [
    `#${number} ${address}`,
    ...body.map((text) => `  ${text}`),
    ...findings.flatMap(findingLines),
  ]
  return `${lines.join('\n')}\n\n`
}

function findingLines({ kind, path, a, b, more }: Finding): string[] {
  const others = more > 0 ? `（另有 ${more} 处 / ${more} more）` : ''
  return [
    `  ${KINDS[kind]}${path && `：${path}`}${others}`,
    `    a ${a ?? '没有 / absent'}`,
    `    b ${b ?? '没有 / absent'}`,
  ]
}

export function missingText({ operation, side }: Missing): string {
  const { method, path } = operationOf({ operation })
  const who =
    side === 'both' ? '两边都没有这个接口 / neither side has it' : `${side} 没有这个接口 / ${side} lacks it`
  return `${method} ${path}\n  ${who}\n\n`
}

export function isDifferent({ summary, missing }: Outcome): boolean {
  return summary.different > 0 || missing.some(({ side }) => side !== 'both')
}

export function summaryText(outcome: Outcome): string {
  const { seed, summary } = outcome
  const operations = [...summary.operations].filter(([, { requests }]) => requests > 0)
  const lines = operations.map(
    ([name, { requests, records, refused, different }]) =>
      `  ${name}：请求 / requests ${requests}（有记录 / with records ${records}，两边都拒绝 / refused by both ${refused}），不同 / different ${different}\n`,
  )
  const verdict = isDifferent(outcome) ? '' : '没有不同 / no difference\n'
  return `请求 / requests ${summary.requests}，不同 / different ${summary.different}，seed ${seed}\n${lines.join('')}${kindsText(summary)}${verdict}`
}

function kindsText({ kinds }: Summary): string {
  const lines = kinds
    .slice(0, MOST_KINDS)
    .map(
      ({ operation, kind, path, requests }) =>
        `  ${requests} × ${operation}：${KINDS[kind]}${path && `：${path}`}\n`,
    )
  const rest = kinds.length - lines.length
  if (rest > 0) lines.push(`  …另有 ${rest} 种 / ${rest} more kinds\n`)
  return lines.length > 0 ? `按种类（请求数）/ by kind (requests)\n${lines.join('')}` : ''
}

/** What --json prints: one line. */
export function outcomeJson(outcome: Outcome): string {
  const { seed, summary, missing, differences } = outcome
  return toJson({
    seed,
    requests: summary.requests,
    different: summary.different,
    operations: Object.fromEntries(summary.operations),
    missing,
    kinds: summary.kinds,
    differences: differences.map(({ number, request, findings }) => ({
      number,
      ...described(request),
      findings,
    })),
  })
}

function described({ operation, params, token }: Differing['request']) {
  const { method, path } = operationOf({ operation })
  return { operation, method, path, params, ...(token && { token }) }
}
