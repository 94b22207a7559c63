import type { FieldDefinition } from './custom-columns.ts'
import type { DaySum } from './day-sums.ts'
import type { WholeRecord } from './whole-record.ts'

export interface Change {
  readonly op: 'create' | 'update' | 'delete' | 'restore'
  readonly record: WholeRecord
  readonly seq: number
}

export interface ChangePage {
  readonly records: readonly Change[]
  readonly cursor: string
}

/** What the source defines beside its records. */
export interface SourceDefinitions {
  readonly fields: readonly FieldDefinition[]
  /** Names of follow types by id. */
  readonly followTypes: ReadonlyMap<string, string>
}

/** A copy of a company's follow-ups that the change feed keeps up to date. One call at a time. */
export interface Mirror extends AsyncDisposable {
  /** Where the last run ended; undefined at first, and after `startResync`. */
  readonly cursor: string | undefined
  /** Whether a run that reads everything again has not finished: at the feed's end, `finishResync` is due. */
  readonly isResyncing: boolean
  /**
   * Takes the definitions, once per run and before its pages: adds and retypes columns, computes again the values that change
   * with them, and renames follow types. null: the source has no definitions.
   */
  describe(source: SourceDefinitions | null): Promise<void>
  /** Applies a page and stores its cursor, in one transaction. Applying the last page again changes nothing. */
  apply(page: ChangePage): Promise<void>
  /**
   * Once per run, and before `settle`: finds files that somebody removed or changed, by their size or, if thorough, by their
   * content; `settle` writes them again. Returns how many.
   */
  inspect(isThorough: boolean): Promise<number>
  /** Writes the files of the days that changed. Due when there are no more changes. */
  settle(): Promise<void>
  /** After the cursor has expired: everything is read again into a second table. The first stays until `finishResync`. */
  startResync(): Promise<void>
  /** Merges the second table into the first, in one transaction; deletes what the source no longer has. */
  finishResync(): Promise<void>
  /** Count and `whole_checksum` of each day that has follow-ups (G4, G5), in order, computed from the stored rows. */
  daySums(timeZone: string): AsyncGenerator<DaySum, void, undefined>
}
