import type { FollowChangesPage, WholeFollowRecord } from 'genjin-client'
import type { FieldDefinition } from './custom-columns.ts'

/** A record of follow/changes, with numbers inside `field_map` kept exactly (`parseExact`). */
export type WholeRecord = Readonly<WholeFollowRecord>

export type ChangePage = Readonly<Omit<FollowChangesPage, 'has_more'>>
export type Change = ChangePage['records'][number]

/** What the source defines beside its records. */
export interface SourceDefinitions {
  readonly fields: readonly FieldDefinition[]
  /** Names of follow types by id. */
  readonly followTypes: ReadonlyMap<string, string>
}
