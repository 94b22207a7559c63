import { addDays, type Window } from '../windows.ts'

/** The two lists that together hold every follow-up: what staff wrote, and what the system wrote. */
export const KINDS = ['staff', 'system'] as const
export type Kind = (typeof KINDS)[number]

/** A window that was read to its end and is kept in the target. */
export interface DoneWindow extends Window {
  readonly count: number
  /** Of the records' lines (G5), 32 hexadecimal digits; undefined when the source cannot be compared by it. */
  readonly checksum?: string | undefined
  /** Follow times of the oldest and the newest record, in ms. */
  readonly oldest?: number | undefined
  readonly newest?: number | undefined
}

/** How far a pull has come: the windows of each list, newest first, without a gap. */
export interface PullState {
  /** Which source, without secrets. */
  readonly source: string
  readonly done: Record<Kind, DoneWindow[]>
}

export function newState(source: string): PullState {
  return { source, done: { staff: [], system: [] } }
}

/** What the windows leave out: all of it at first, nothing at the end. */
export function gapsOf(done: readonly DoneWindow[]): Window[] {
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
