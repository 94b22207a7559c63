import { toJson } from 'genjin-client'
import type { Difference, DifferenceKind } from './exact-differences.ts'
import { type DiffRequest, LISTS } from './request.ts'
import type { Compared } from './run.ts'

/** The differences of one request in the same place of its records; the first one is reported. */
export interface Finding {
  readonly kind: DifferenceKind
  readonly path: string
  /** JSON, shortened; undefined where the side has nothing. */
  readonly a: string | undefined
  readonly b: string | undefined
  /** How many more there are like it. */
  readonly more: number
}

/** A request whose responses differ. */
export interface Differing {
  /** Its number in the run, from 1. */
  readonly number: number
  readonly request: DiffRequest
  readonly findings: readonly Finding[]
}

/** Longest text of a value. */
const LONGEST = 200

/** The place without the number of the record: `records[].target`. */
export function anyPlace(path: string): string {
  return path.replace(/\[\d+\]/g, '[]')
}

/** @param redact removes secrets */
export function findingsOf(differences: readonly Difference[], redact: (text: string) => string): Finding[] {
  const found = new Map<string, Finding>()
  for (const { kind, path, a, b } of differences) {
    const key = `${kind} ${anyPlace(path)}`
    const first = found.get(key)
    if (first) found.set(key, { ...first, more: first.more + 1 })
    else found.set(key, { kind, path, a: valueText(a, redact), b: valueText(b, redact), more: 0 })
  }
  return [...found.values()]
}

function valueText(value: unknown, redact: (text: string) => string): string | undefined {
  if (value === undefined) return undefined
  // Before the text is cut: half a secret would not be recognized.
  const text = redact(toJson(value))
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text
}

/** The requests of one operation, and how many of them had which outcome. */
export interface OperationCount {
  requests: number
  /** That returned records to compare. */
  records: number
  /** Refused by both sides. */
  refused: number
  different: number
}

/** Requests that differ in one way, in one place. */
export interface KindCount {
  readonly operation: DiffRequest['operation']
  readonly kind: DifferenceKind
  readonly path: string
  requests: number
}

/** The counts of a run. */
export class Summary {
  readonly operations = new Map<string, OperationCount>()
  readonly #kinds = new Map<string, KindCount>()
  requests = 0
  different = 0

  constructor() {
    for (const name of ['accessToken', ...LISTS])
      this.operations.set(name, { requests: 0, records: 0, refused: 0, different: 0 })
  }

  add({ operation }: DiffRequest, compared: Compared, findings: readonly Finding[]): void {
    const count = this.operations.get(operation) as OperationCount
    this.requests++
    count.requests++
    if (compared.hasRecords) count.records++
    if (compared.isRefused) count.refused++
    if (findings.length === 0) return
    this.different++
    count.different++
    for (const { kind, path } of findings) this.#addKind(operation, kind, anyPlace(path))
  }

  #addKind(operation: DiffRequest['operation'], kind: DifferenceKind, path: string): void {
    const key = `${operation} ${kind} ${path}`
    const known = this.#kinds.get(key)
    if (known) known.requests++
    else this.#kinds.set(key, { operation, kind, path, requests: 1 })
  }

  /** The most frequent ones first. */
  get kinds(): KindCount[] {
    return [...this.#kinds.values()].sort((one, other) => other.requests - one.requests)
  }
}
