import type { Kind, PullState } from './state.ts'
import type { Window } from './windows.ts'

/** A line that did not go in. */
export interface RefusedLine {
  readonly field: string | null
  readonly reason: string
}

/** Where a pull writes to. Whatever happens, it is either as it was before the last call or as after it. */
export interface PullTarget extends AsyncDisposable {
  /** Of a pull that was cut off. */
  readonly state: PullState | undefined
  /** Departments, staff, methods, custom fields: lines of a bundle. */
  begin(lines: readonly string[]): Promise<void>
  /** The follow-ups of a window, as lines of a bundle, in the place of those that it had. */
  take(kind: Kind, window: Window, lines: AsyncIterable<readonly string[]>): Promise<void>
  /** Keeps how far the pull has come; what the target holds of other windows goes. */
  keep(state: PullState): Promise<void>
  /** Makes the result appear. */
  finish(state: PullState): Promise<void>
  /** Lines that the target refused, and the first of them. */
  readonly refused: { count: number; readonly first: RefusedLine[] }
}
