import type { CustomFieldRecord, FollowChangesPage, WholeFollowRecord } from 'genjin-client'
import type { FieldType } from 'genjin-record'

/** A record of follow/changes, with numbers inside `field_map` kept exactly (`parseExact`). */
export type WholeRecord = Readonly<WholeFollowRecord>

export type ChangePage = Readonly<Omit<FollowChangesPage, 'has_more'>>
export type Change = ChangePage['records'][number]

/** A custom field as the source defines it (F3). */
export interface FieldDefinition extends Readonly<Pick<CustomFieldRecord, 'key' | 'name' | 'options'>> {
  readonly type: FieldType
}

/** What the source defines beside its records. */
export interface SourceDefinitions {
  readonly fields: readonly FieldDefinition[]
  /** Names of follow types by id. */
  readonly followTypes: ReadonlyMap<string, string>
}
