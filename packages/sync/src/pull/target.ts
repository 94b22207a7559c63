import type { Kind, PullState } from './state.ts'
import type { Window } from './windows.ts'

/** A line that the target did not accept. */
export interface RefusedLine {
  readonly field: string | null
  readonly reason: string
}

/** Where a pull writes to. A process that is killed leaves it as before the last call or as after it. */
export interface PullTarget extends AsyncDisposable {
  /** Progress of an earlier pull that did not finish. */
  readonly state: PullState | undefined
  /** Departments, staff, follow types and custom fields, as lines of a bundle. */
  begin(lines: readonly string[]): Promise<void>
  /** Replaces the follow-ups of a window, given as lines of a bundle. */
  take(kind: Kind, window: Window, lines: AsyncIterable<readonly string[]>): Promise<void>
  /** Stores the progress; windows that it does not name are dropped. */
  keep(state: PullState): Promise<void>
  /** Makes the result visible. */
  finish(state: PullState): Promise<void>
  /** How many lines the target did not accept, and the first of them. */
  readonly refused: { count: number; readonly first: RefusedLine[] }
}
