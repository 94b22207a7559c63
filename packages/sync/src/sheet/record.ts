import type { Attachment, CustomFieldRecord, FollowRecord, Target } from 'genjin-client'
import type { RawNumber } from 'genjin-record'

/** An int64 of the wire as its reader parsed it: digits, or a number that a double holds exactly. */
export type Integer = string | number | bigint | RawNumber

/** Keys that a server may leave out. */
type Optional<T> = { readonly [K in keyof T]?: T[K] | null }
type Location = NonNullable<FollowRecord['location']>
type Remind = NonNullable<FollowRecord['remind']>

/** A follow-up of follow/list, parsed exactly. */
export interface FollowSheetRecord
  extends Pick<FollowRecord, 'follow_user_id' | 'content' | 'business_id' | 'follow_time'>,
    Optional<Pick<FollowRecord, 'follow_type_desc'>> {
  readonly id: Integer
  readonly business_type: number
  /** Not of the wire: what the object is called, where that is known. */
  readonly business_name?: string | null
  readonly target?: Optional<Target> | null
  readonly follow_type?: Integer | null
  /** Numbers that a double would change are JSON.rawJSON. */
  readonly field_map?: Readonly<Record<string, unknown>> | null
  readonly attachment_list?: readonly Optional<Attachment>[] | null
  readonly location?: Optional<Location> | null
  readonly remind?: (Optional<Omit<Remind, 'before'>> & { readonly before?: Integer | null }) | null
}

/** A custom field of follow/field/list. */
export type CustomField = Readonly<Pick<CustomFieldRecord, 'key' | 'name' | 'type' | 'options'>>
