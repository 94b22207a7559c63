import { addDays, utcDay } from 'genjin-record'
import { ServiceError } from 'genjin-server'
import type { Window } from './windows.ts'

/** Of the state: another one is not read. */
const FORMAT = 1

/** The two lists that together hold every follow-up: what staff wrote, and what the system wrote. */
export const KINDS = ['staff', 'system'] as const
export type Kind = (typeof KINDS)[number]

/** A window that was read to its end and is kept in the target. */
export interface DoneWindow extends Window {
  readonly count: number
  /** Of the records' lines (G5), 32 hexadecimal digits; undefined when the source cannot be compared by it. */
  readonly checksum?: string | undefined
  /** Days from and to (UTC) in which there are records, oldest first; long gaps are between them. */
  readonly spans: readonly (readonly [string, string])[]
  /** When it was read, in ms. */
  readonly readAt: number
}

/** How far a pull has come: the windows of each list, newest first, without a gap. */
export interface PullState {
  readonly format: typeof FORMAT
  /** Which source, without secrets. */
  readonly source: string
  readonly done: Record<Kind, DoneWindow[]>
}

export function newState(source: string): PullState {
  return { format: FORMAT, source, done: { staff: [], system: [] } }
}

/** What the windows leave out: all of it at first, nothing at the end. */
export function gapsOf(done: readonly Window[]): Window[] {
  const gaps: Window[] = []
  let end: string | undefined
  for (const window of done) {
    if (window.end !== end && (end === undefined || (window.end !== undefined && window.end < end))) {
      gaps.push({ start: window.end && addDays(window.end, 1), end })
    }
    if (window.start === undefined) return gaps
    end = addDays(window.start, -1)
  }
  return [...gaps, { start: undefined, end }]
}

/** A state as it was kept. Throws ServiceError when it is none, or that of another version. */
export function parseState(text: string): PullState {
  const state = jsonOf(text) as PullState | undefined
  const isOne = state?.format === FORMAT && KINDS.every((kind) => Array.isArray(state.done?.[kind]))
  if (isOne && typeof state.source === 'string') return state
  throw new ServiceError(
    'paramInvalid',
    '上一次没有完成的拉取，其进度无法读取：请加 --restart 从头开始 / what an unfinished pull has left cannot be read: begin anew with --restart',
  )
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Days apart that still make one span: what one reconciliation covers. */
const GAP_DAYS = 31

/** The days of some instants (ms) as spans. */
export class Spans {
  readonly #days = new Set<string>()

  add(ms: number): void {
    this.#days.add(utcDay(ms))
  }

  get all(): [string, string][] {
    const spans: [string, string][] = []
    for (const day of [...this.#days].sort()) {
      const last = spans.at(-1)
      if (last && day <= addDays(last[1], GAP_DAYS)) last[1] = day
      else spans.push([day, day])
    }
    return spans
  }
}
