import { parseExact } from 'genjin-client'
import { refused, type SyncError } from '../error.ts'
import { columnOf, isUnchanged, Layout, type LayoutChange } from './custom-columns.ts'
import { type DaySum, daySums, inBatches } from './day-sums.ts'
import type { Cell, Column, Engine, Read } from './engine.ts'
import type { Change, ChangePage, FieldDefinition, SourceDefinitions, WholeRecord } from './mirror.ts'
import { BASE_COLUMNS, baseCells, digits } from './record-columns.ts'
import { createStateTable, insertState, readState, replaceState, STATE_TABLE, type State } from './state.ts'

export interface TableOptions {
  /** Identifies the source: base address and appid, never a secret. Stored, so that two sources are not mixed. */
  readonly id: string
  /** Default: `follow_up`. */
  readonly table?: string
  /** Time zone of the company. */
  readonly timeZone: string
}

export const DEFAULT_TABLE = 'follow_up'

const ID = BASE_COLUMNS[0] as Column

/**
 * A copy of a company's follow-ups, in a table of a database, that the change feed keeps up to date. One call at a time.
 */
export class TableMirror implements AsyncDisposable {
  readonly #engine: Engine
  readonly #table: string
  readonly #timeZone: string
  #state: State

  protected constructor(engine: Engine, table: string, timeZone: string, state: State) {
    this.#engine = engine
    this.#table = table
    this.#timeZone = timeZone
    this.#state = state
  }

  static async open(engine: Engine, options: TableOptions): Promise<TableMirror> {
    try {
      const { table, state } = await openTable(engine, options, true)
      return new TableMirror(engine, table, options.timeZone, state)
    } catch (error) {
      await engine.close().catch(() => {})
      throw error
    }
  }

  /** Where the last run ended; undefined at first, and after `startResync`. */
  get cursor(): string | undefined {
    return this.#state.cursor
  }

  /** Whether a run that reads everything again has not finished: at the feed's end, `finishResync` is due. */
  get isResyncing(): boolean {
    return this.#state.anew
  }

  /**
   * Takes the definitions, once per run and before its pages: adds and retypes columns, computes again the values that change
   * with them, and renames follow types. null: the source has no definitions.
   */
  async describe(source: SourceDefinitions | null): Promise<void> {
    const { layout, followTypes } = this.#state
    const change = layout.defined(source?.fields.map(withoutMore) ?? [], this.#timeZone)
    const renames = source !== null && !areSame(source.followTypes, followTypes)
    if (isUnchanged(change, layout) && !renames) return
    const next = { layout: change.layout, followTypes: renames ? new Map(source.followTypes) : followTypes }
    await this.step(next, async () => {
      for (const table of this.#tables()) {
        await this.#alter(table, change)
        await this.#rewrite(table, change)
        if (renames) await this.#rename(table, source.followTypes)
      }
    })
  }

  /** Applies a page and stores its cursor, in one transaction. Applying the last page again changes nothing. */
  async apply(page: ChangePage): Promise<void> {
    const { cursor, seq, layout, followTypes } = this.#state
    const fresh = page.records.filter((change) => change.seq > seq)
    if (fresh.length === 0 && page.cursor === cursor) return
    if (fresh.length < page.records.length) throw wentBack(this.#table)
    const { kept, gone } = lastOfEach(fresh)
    const change = layout.withKeys(keysOf(kept, layout))
    const rows = kept.map((record) => [...baseCells(record), ...change.layout.cells(record.field_map)])
    const next = {
      cursor: page.cursor,
      seq: fresh.at(-1)?.seq ?? seq,
      layout: change.layout,
      followTypes:
        followTypes && kept.every((record) => isNamedBy(followTypes, record)) ? followTypes : undefined,
    }
    await this.step(next, async () => {
      for (const table of this.#tables()) await this.#alter(table, change)
      const target = this.#state.anew ? asideOf(this.#table) : this.#table
      await this.#engine.upsert(target, columnsOf(change.layout), rows)
      await this.#engine.remove(target, gone)
    })
  }

  /**
   * Once per run, and before `settle`: finds files that somebody removed or changed, by their size or, if thorough, by their
   * content; `settle` writes them again. Returns how many: none where the mirror is a table only.
   */
  async inspect(_isThorough: boolean): Promise<number> {
    return 0
  }

  /** Writes the files of the days that changed. Due when there are no more changes. */
  async settle(): Promise<void> {}

  /** After the cursor has expired: everything is read again into a second table. The first stays until `finishResync`. */
  async startResync(): Promise<void> {
    await this.step({ cursor: undefined, seq: 0, anew: true }, () =>
      createAside(this.#engine, this.#table, this.#state),
    )
  }

  /** Merges the second table into the first, in one transaction; deletes what the source no longer has. */
  async finishResync(): Promise<void> {
    if (!this.#state.anew) return
    await this.step({ anew: false }, () => this.#merge())
  }

  /** Count and `whole_checksum` of each day that has follow-ups (G4, G5), in order, computed from the stored rows. */
  daySums(timeZone: string): AsyncGenerator<DaySum, void, undefined> {
    return daySums(this.#engine, this.#table, timeZone)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine.close()
  }

  /** A transaction that ends with the next state; refused when another process has written since the present one. */
  protected async step(change: Partial<State>, fn: () => Promise<void>): Promise<void> {
    const next = { ...this.#state, ...change, revision: this.#state.revision + 1 }
    await this.#engine.transaction(async () => {
      await replaceState(this.#engine, this.#table, this.#state, next)
      await fn()
    })
    this.#state = next
  }

  #tables(): string[] {
    return this.#state.anew ? [this.#table, asideOf(this.#table)] : [this.#table]
  }

  async #alter(table: string, change: LayoutChange): Promise<void> {
    for (const column of change.added) await this.#engine.addColumn(table, columnOf(column))
    for (const column of change.retyped) await this.#engine.retypeColumn(table, columnOf(column))
    for (const column of change.renamed) await this.#engine.commentColumn(table, columnOf(column))
  }

  /** Computes the values of some custom fields again, in every row that can have them. */
  async #rewrite(table: string, { rewritten, layout }: LayoutChange): Promise<void> {
    if (rewritten.length === 0) return
    const engine = this.#engine
    const keys = new Set(rewritten.map(({ key }) => key))
    const part = new Layout(
      layout.columns.filter(({ key }) => keys.has(key)),
      layout.timeZone,
      true,
    )
    const columns = [ID, ...part.columns.map(columnOf)]
    const fieldMap = BASE_COLUMNS.find(({ name }) => name === 'field_map') as Column
    const text = `SELECT ${engine.select(ID)}, ${engine.select(fieldMap)} FROM ${engine.quote(table)} WHERE id > ${engine.param(1, 'bigint')} AND ${engine.comparable(fieldMap, '')} <> '{}' ORDER BY id LIMIT ${engine.param(2, 'bigint')}`
    const after = (last: readonly Read[] | undefined) => String(last?.[0] ?? -1)
    for await (const rows of inBatches((last, limit) => engine.all(text, [after(last), limit]))) {
      const written = rows.map(([id, map]): Cell[] => [
        String(id),
        ...part.cells(parseExact(map as string) as Record<string, unknown>),
      ])
      await engine.update(table, columns, written)
    }
  }

  async #rename(table: string, followTypes: ReadonlyMap<string, string>): Promise<void> {
    const engine = this.#engine
    const list = JSON.stringify([...followTypes].map(([id, name]) => ({ id, name })))
    const named = engine.objects(1, [
      { name: 'id', kind: 'bigint' },
      { name: 'name', kind: 'text' },
    ])
    await engine.run(
      `UPDATE ${engine.quote(table)} SET follow_type_desc = named.name FROM ${named} AS named WHERE follow_type = named.id AND follow_type_desc IS DISTINCT FROM named.name`,
      [list],
    )
  }

  async #merge(): Promise<void> {
    const engine = this.#engine
    const [table, aside] = [engine.quote(this.#table), engine.quote(asideOf(this.#table))]
    const columns = columnsOf(this.#state.layout)
    const names = columns.map(({ name }) => engine.quote(name)).join(', ')
    const upsert = engine.upsertText(this.#table, columns, `SELECT ${names} FROM ${aside} WHERE true`)
    const sides = [`${table}.`, 'excluded.'].map((of) => {
      const values = columns.slice(1).map((column) => engine.comparable(column, of))
      return `(${values.join(', ')})`
    })
    await engine.run(`${upsert} WHERE ${sides.join(' IS DISTINCT FROM ')}`)
    await engine.run(
      `DELETE FROM ${table} WHERE NOT EXISTS (SELECT 1 FROM ${aside} AS read WHERE read.id = ${table}.id)`,
    )
    await engine.run(`DROP TABLE ${aside}`)
  }
}

const ASIDE = '_anew'

/** The second table, which holds what was read again so far. */
function asideOf(table: string): string {
  return `${table}${ASIDE}`
}

async function createAside(engine: Engine, table: string, was: State): Promise<void> {
  await dropAside(engine, table, was)
  await engine.createTable(asideOf(table), `${table} 正在从头重读的部分`, columnsOf(was.layout))
}

/** The second table is ours only while the state says that everything is being read again. */
async function dropAside(engine: Engine, table: string, was: State | undefined): Promise<void> {
  const aside = asideOf(table)
  if (was?.anew) await engine.run(`DROP TABLE IF EXISTS ${engine.quote(aside)}`)
  else if (await engine.hasTable(aside)) throw asideNotOurs(table)
}

function columnsOf(layout: Layout): Column[] {
  return [...BASE_COLUMNS, ...layout.columns.map(columnOf)]
}

/**
 * Creates or checks the table, and reads its state.
 *
 * @param hasColumns false: custom fields get no columns
 */
export async function openTable(
  engine: Engine,
  options: TableOptions,
  hasColumns: boolean,
): Promise<{ table: string; state: State }> {
  const table = requireTableName(options.table ?? DEFAULT_TABLE)
  return { table, state: await engine.transaction(() => openState(engine, table, options, hasColumns)) }
}

async function openState(
  engine: Engine,
  table: string,
  options: TableOptions,
  hasColumns: boolean,
): Promise<State> {
  await engine.lockOpening()
  await createStateTable(engine)
  const stored = await readState(engine, table, hasColumns)
  const isThere = await engine.hasTable(table)
  if (isThere && !stored) throw notOurs(table)
  if (stored && stored.source !== options.id) {
    if (!isThere || !(await isUntouched(engine, table, stored.state))) {
      throw otherSource(table, stored.source, options.id)
    }
    stored.state = { ...stored.state, followTypes: undefined, revision: stored.state.revision + 1 }
    await insertState(engine, table, options.id, stored.state)
  }
  if (isThere && stored) return await withAside(engine, table, options, stored.state)
  // The first run, or somebody dropped the table to start over.
  const layout = new Layout([], options.timeZone, hasColumns)
  const revision = (stored?.state.revision ?? 0) + 1
  const state = { cursor: undefined, seq: 0, anew: false, revision, layout, followTypes: undefined }
  await dropAside(engine, table, stored?.state)
  await engine.createTable(table, '跟进，由 genjin sync 写入，请勿改动', columnsOf(layout))
  const index = engine.quote(`${table}_by_time`)
  await engine.run(`CREATE INDEX ${index} ON ${engine.quote(table)} (follow_time, id)`)
  await insertState(engine, table, options.id, state)
  return state
}

/** Whether nothing was written yet: such a table may be given to another source. */
async function isUntouched(engine: Engine, table: string, { cursor }: State): Promise<boolean> {
  if (cursor !== undefined) return false
  return (await engine.all(`SELECT 1 FROM ${engine.quote(table)} LIMIT 1`)).length === 0
}

/** Makes sure that the second table exists while the state needs it: somebody may have dropped it. */
async function withAside(engine: Engine, table: string, options: TableOptions, state: State): Promise<State> {
  if (!state.anew || (await engine.hasTable(asideOf(table)))) return state
  const begun = { ...state, cursor: undefined, seq: 0, revision: state.revision + 1 }
  await createAside(engine, table, state)
  await insertState(engine, table, options.id, begun)
  return begun
}

/** Only the last change of each follow-up counts. */
function lastOfEach(changes: readonly Change[]): { kept: WholeRecord[]; gone: string[] } {
  const last = new Map(changes.map((change) => [digits(change.record.id), change]))
  const kept: WholeRecord[] = []
  const gone: string[] = []
  for (const [id, { op, record }] of last) {
    if (op === 'delete') gone.push(id)
    else kept.push(record)
  }
  return { kept, gone }
}

function keysOf(records: readonly WholeRecord[], layout: Layout): Set<string> {
  const keys = new Set<string>()
  for (const { field_map } of records) {
    for (const key of Object.keys(field_map)) if (!layout.has(key)) keys.add(key)
  }
  return keys
}

/** Whether a record has the name that its follow type had in the list: the feed, read later, can know a newer one. */
function isNamedBy(followTypes: ReadonlyMap<string, string>, record: WholeRecord): boolean {
  const id = digits(record.follow_type)
  return id === null || (followTypes.get(id) ?? null) === record.follow_type_desc
}

function areSame(now: ReadonlyMap<string, string>, was: ReadonlyMap<string, string> | undefined): boolean {
  return now.size === was?.size && [...now].every(([id, name]) => was.get(id) === name)
}

/** Without keys that later servers may add: they would look like a change. */
function withoutMore({ key, name, type, options }: FieldDefinition): FieldDefinition {
  return {
    key,
    name,
    type,
    options: options?.map((option) => ({ id: option.id, name: option.name })) ?? null,
  }
}

const TABLE_NAME = /^[\p{Ll}\p{Lo}_][\p{Ll}\p{Lo}\d_]*$/u
/** Leaves room for suffixes within the 63 bytes of a name in PostgreSQL. */
const TABLE_BYTES = 48

function requireTableName(table: string): string {
  const isTaken = table === STATE_TABLE || /^(sqlite|pg)_/.test(table) || table.endsWith(ASIDE)
  if (TABLE_NAME.test(table) && Buffer.byteLength(table) <= TABLE_BYTES && !isTaken) return table
  throw refused(
    `表名不可用：须由小写字母、汉字、数字与下划线组成，不以数字开头，最长 ${TABLE_BYTES} 字节，不能是 ${STATE_TABLE}，不以 ${ASIDE} 结尾 / a table's name has lower case letters, digits and underscores, no digit first, at most ${TABLE_BYTES} bytes, is not ${STATE_TABLE}, and does not end in ${ASIDE}`,
  )
}

function notOurs(table: string): SyncError {
  return refused(
    `目标里已有 ${table}，不是由 genjin sync 建立的：请换一个表名，或先移走它 / the target has a ${table} that genjin sync did not make: choose another table, or move it away`,
  )
}

function asideNotOurs(table: string): SyncError {
  const aside = asideOf(table)
  return refused(
    `目标里已有 ${aside}，不是 genjin sync 从头重读 ${table} 时建立的：请先移走它，或换一个表名 / the target has a ${aside} that genjin sync did not make to read ${table} again: move it away, or choose another table`,
  )
}

function otherSource(table: string, stored: string, given: string): SyncError {
  return refused(
    `${table} 是 ${stored} 的副本，不能再写入 ${given} 的跟进：请换一个目标 / ${table} is a copy of ${stored}, not of ${given}: choose another target`,
  )
}

function wentBack(table: string): SyncError {
  return refused(
    `变更流的序号倒退了：来源可能从备份恢复过而没有运行 genjin feed reset；${table} 没有改动 / the feed's numbers went back: the source may have been restored from a backup without genjin feed reset; ${table} is unchanged`,
  )
}
