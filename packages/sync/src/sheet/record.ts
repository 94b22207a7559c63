import type { RawNumber } from 'genjin-record'

/** An int64 of the wire, as whoever parsed it holds it: digits, or a number that a double holds. */
export type Integer = string | number | bigint | RawNumber

type Maybe<T> = T | null | undefined

/** A follow-up as follow/list answers it, parsed exactly. */
export interface FollowSheetRecord {
  readonly id: Integer
  readonly follow_user_id: string
  readonly content: string
  readonly target?: Maybe<{
    readonly contact_id?: Maybe<string>
    readonly external_id?: Maybe<string>
    readonly company_id?: Maybe<string>
    readonly chat_id?: Maybe<string>
    readonly clue_id?: Maybe<string>
    readonly is_ai?: Maybe<boolean>
  }>
  readonly business_type: number
  readonly business_id: string
  readonly follow_type?: Maybe<Integer>
  readonly follow_type_desc?: Maybe<string>
  /** Numbers that a double would change are JSON.rawJSON. */
  readonly field_map?: Maybe<Readonly<Record<string, unknown>>>
  readonly attachment_list?: Maybe<
    readonly {
      readonly cos_url?: Maybe<string>
      readonly material_id?: Maybe<string>
      readonly name?: Maybe<string>
    }[]
  >
  readonly location?: Maybe<{
    readonly location_lat?: Maybe<string>
    readonly location_lng?: Maybe<string>
    readonly location_address?: Maybe<string>
  }>
  readonly follow_time: number
  readonly remind?: Maybe<{
    readonly is_remind?: Maybe<number>
    readonly time?: Maybe<number>
    readonly before?: Maybe<Integer>
    readonly user_ids?: Maybe<readonly string[]>
    readonly content?: Maybe<string>
  }>
}

/** A custom field as follow/field/list answers it. */
export interface CustomField {
  readonly key: string
  readonly name: string
  readonly type: string
  readonly options?: readonly { readonly id: string; readonly name: string }[] | null
}
