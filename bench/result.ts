import type { Figure } from './figures.ts'
import type { Machine } from './machine.ts'
import type { Curve } from './rows/depth.ts'

/** One run on one engine. */
export interface Result {
  readonly machine: Machine
  /** Follow-ups of the company that most is measured on, and of the largest. */
  readonly size: number
  readonly largest: number
  readonly figures: readonly Figure[]
  readonly depthCurves: readonly Curve[]
  readonly sizeCurves: readonly Curve[]
  readonly walkCurves: readonly Curve[]
}
