import { addDays, utcDay } from 'genjin-record'
import { refused } from '../error.ts'
import type { Window } from './windows.ts'

/** Version of the stored state; any other one is refused. */
const FORMAT = 1

/** The two lists that together hold every follow-up: written by staff, and by the system. */
export const KINDS = ['staff', 'system'] as const
export type Kind = (typeof KINDS)[number]

/** A window that was read to its end and is stored in the target. */
export interface DoneWindow extends Window {
  readonly count: number
  /** Of the records' lines (G5), 32 hexadecimal digits; undefined when the source does not reconcile. */
  readonly checksum?: string | undefined
  /** First and last days (UTC) of runs of days with records, oldest first. */
  readonly spans: readonly (readonly [string, string])[]
  /** When it was read, in ms. */
  readonly readAt: number
}

/** How far a pull has come: the windows of each list, newest first, without gaps between them. */
export interface PullState {
  readonly format: typeof FORMAT
  /** Identifies the source, without secrets. */
  readonly source: string
  readonly done: Record<Kind, DoneWindow[]>
}

export function newState(source: string): PullState {
  return { format: FORMAT, source, done: { staff: [], system: [] } }
}

/** What the windows leave out: everything at first, nothing at the end. */
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

/** Reads a stored state. Throws SyncError when it is damaged or of another version. */
export function parseState(text: string): PullState {
  try {
    const state: PullState = JSON.parse(text)
    const isOne = state.format === FORMAT && KINDS.every((kind) => Array.isArray(state.done[kind]))
    if (isOne && typeof state.source === 'string') return state
  } catch {
    // Refused like one of another version.
  }
  throw refused(
    '上一次没有完成的拉取，其进度无法读取：请加 --restart 从头开始 / the progress of an unfinished pull cannot be read: start over with --restart',
  )
}

/** Days at most this far apart are one span: one reconciliation covers them. */
const GAP_DAYS = 31

/** Collects the days of instants (ms) into spans. */
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
