import type { Bare } from '../bare.ts'
import type { Databases } from '../databases.ts'
import type { Kind } from '../filters.ts'
import type { Loaded, Volume } from '../load-data.ts'
import type { Plan } from '../measure.ts'
import type { Pages } from '../pages.ts'
import type { Server } from '../sandbox.ts'

/** A database that is being served. */
export interface Served extends Loaded {
  readonly server: Server
  readonly pages: Pages
  readonly kinds: readonly Kind[]
  /** On the same database. */
  readonly bare: Bare
}

/** What the rows are measured on. */
export interface Setting {
  readonly databases: Databases
  readonly plan: Plan
  readonly volume: Volume
  /** A run for its checks: every answer is compared id by id. */
  readonly thorough: boolean
  /** The smallest first. */
  readonly all: readonly Served[]
  /** That of 1,000,000, or the largest below it. */
  readonly main: Served
}
