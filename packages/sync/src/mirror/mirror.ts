import type { RawNumber } from 'genjin-record'
import { parseAddress } from './address.ts'
import type { FieldDefinition } from './custom-columns.ts'
import type { DaySum } from './day-sums.ts'
import { TableMirror, type TableOptions } from './table-mirror.ts'

/** An int64 as the feed may be read: its digits, or whatever holds them. */
export type Integer = string | number | bigint | RawNumber

type Text = string | null

/** A whole record as follow/changes answers it, with numbers inside `field_map` kept exactly (`parseExact`). */
export interface WholeRecord {
  readonly id: Integer
  readonly follow_user_id: string
  readonly content: string
  readonly target: {
    readonly contact_id: Text
    readonly external_id: Text
    readonly company_id: Text
    readonly chat_id: Text
    readonly clue_id: Text
    readonly is_ai: boolean | null
  }
  readonly business_type: Integer
  readonly business_id: string
  readonly follow_type: Integer | null
  readonly follow_type_desc: Text
  readonly field_map: Readonly<Record<string, unknown>>
  readonly attachment_list: readonly unknown[]
  readonly location: {
    readonly location_lat: Text
    readonly location_lng: Text
    readonly location_address: Text
  } | null
  readonly follow_time: number
  readonly remind: {
    readonly is_remind: number | null
    readonly time: number | null
    readonly before: Integer | null
    readonly user_ids: readonly string[]
    readonly content: Text
  } | null
  readonly system: boolean
  readonly title: Text
  readonly stage_id: Text
  readonly create_time: number
  readonly update_time: number
  readonly version: number
}

export interface Change {
  readonly op: 'create' | 'update' | 'delete' | 'restore'
  readonly record: WholeRecord
  readonly seq: number
}

export interface ChangePage {
  readonly records: readonly Change[]
  readonly cursor: string
}

/** What the source tells beside its records. */
export interface SourceDefinitions {
  readonly fields: readonly FieldDefinition[]
  /** Names of follow methods by id. */
  readonly methods: ReadonlyMap<string, string>
}

/** A copy of a company's follow-ups that the change feed keeps up to date. One call at a time. */
export interface Mirror extends AsyncDisposable {
  /** Where the last run ended; undefined at first, and after `beginAnew`. */
  readonly cursor: string | undefined
  /** Whether a run that began anew has not finished: at the feed's end, `finishAnew` is due. */
  readonly isAnew: boolean
  /**
   * Takes the definitions, once a run and before its pages: adds and retypes columns, rewrites the values that change by it,
   * and renames methods. null: the source has none to tell.
   */
  describe(source: SourceDefinitions | null): Promise<void>
  /** Applies a page and keeps its cursor, in one transaction. The page that was applied last changes nothing. */
  apply(page: ChangePage): Promise<void>
  /**
   * Once a run, and before `settle`: looks for files that somebody removed or changed, by their size, or thoroughly by all
   * they hold; `settle` writes them. Answers how many.
   */
  inspect(isThorough: boolean): Promise<number>
  /** Makes visible what is not yet: the files of the days that changed. Due when there are no more changes. */
  settle(): Promise<void>
  /** The cursor has expired: reads from the start again, aside. What is there stays as it is until `finishAnew`. */
  beginAnew(): Promise<void>
  /** Puts what was read aside in place, in one transaction: what the source no longer has goes. Else does nothing. */
  finishAnew(): Promise<void>
  /** Count and `whole_checksum` of each day that has follow-ups (G4, G5), in order, computed from what stands there. */
  daySums(timeZone: string): AsyncGenerator<DaySum, void, undefined>
}

/**
 * Opens the target of `genjin sync --to`: `postgres://…`, `sqlite:FILE` or a folder. Throws ServiceError where it refuses,
 * StoreError where the database cannot be used; never tells the address's password.
 */
export async function openMirror(to: string, options: TableOptions): Promise<Mirror> {
  const address = parseAddress(to)
  // Loaded here, so that no command pays for the engines that it does not use.
  if (address.kind === 'folder') {
    const { openFolder } = await import('./folder.ts')
    return openFolder(address.path, options)
  }
  if (address.kind === 'sqlite') {
    const { openSqlite } = await import('./sqlite-engine.ts')
    return TableMirror.open(openSqlite(address.path), options)
  }
  const { openPostgres } = await import('./postgres-engine.ts')
  return TableMirror.open(await openPostgres(address.url), options)
}
