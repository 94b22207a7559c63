import { parseExact } from 'genjin-client'
import { refused, type SyncError } from '../error.ts'
import { alterTables } from './alter.ts'
import { columnOf, isUnchanged, Layout, type LayoutChange } from './custom-columns.ts'
import { type DaySum, daySums, inBatches } from './day-sums.ts'
import type { Cell, Column, Engine, Read } from './engine.ts'
import type { Change, ChangePage, FieldDefinition, SourceDefinitions, WholeRecord } from './mirror.ts'
import { BASE_COLUMNS, baseCells, digits } from './record-columns.ts'
import {
  createStateTable,
  insertState,
  readState,
  replaceDefinitions,
  replaceProgress,
  STATE_TABLE,
  type State,
} from './state.ts'

export interface TableOptions {
  /** Names the source in messages: base address and appid, never a secret. Stored with the cursor. */
  readonly id: string
  /**
   * Whether the source takes a cursor that was given out under another name. A cursor belongs to the change feed of one
   * company in one database (G2), so this proves that the two names are of the same source: another app, another address.
   */
  readonly takes: (cursor: string) => Promise<boolean>
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
  /** Columns that wait for another session until the next run: each attempt can keep readers waiting. */
  #waiting: readonly string[] = []
  #refusals: readonly string[] = []

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

  /** Changes of columns that this run could not make, each with its reason and the way out. The data is synced without them. */
  get warnings(): readonly string[] {
    if (this.#waiting.length === 0) return this.#refusals
    const [columns, columnsEn] = [this.#waiting.join('、'), this.#waiting.join(', ')]
    return [
      ...this.#refusals,
      `表 ${this.#table} 正被其他会话占用（例如尚未结束的查询事务），暂未修改列 ${columns}：数据已同步，下一次同步时再试 / ${this.#table} is in use by another session, such as an open transaction that reads it: columns ${columnsEn} are not altered yet, the data is synced, and the next run tries again`,
    ]
  }

  /**
   * Takes the definitions, once per run and before its pages: adds and retypes columns, computes again the values that change
   * with them, and renames follow types. null: the source has no definitions.
   */
  async describe(source: SourceDefinitions | null): Promise<void> {
    this.#refusals = []
    const { layout, late } = this.#state
    const change = layout.defined(source?.fields.map(withoutMore) ?? [], this.#timeZone, late)
    if (!isUnchanged(change, layout)) await this.step({}, () => this.#redefine(change))
    const { followTypes, due } = this.#state
    const renames = source !== null && !areSame(source.followTypes, followTypes)
    if (due.size === 0 && !renames) return
    // A transaction of its own: one that has altered a table keeps readers waiting until it ends.
    await this.step(
      { due: new Set(), ...(renames && { followTypes: new Map(source.followTypes) }) },
      async () => {
        for (const table of this.#tables()) {
          await this.#rewrite(table, due)
          if (renames) await this.#rename(table, source.followTypes)
        }
        return {}
      },
    )
  }

  async #redefine(change: LayoutChange): Promise<Partial<State>> {
    const { late, due } = this.#state
    const layout = await this.#alter(change)
    const rewritten = change.rewritten.filter((column) => layout.columns.includes(column))
    return {
      layout,
      late: new Set([...late].filter((key) => !layout.has(key))),
      due: new Set([...due, ...rewritten.map(({ key }) => key)]),
    }
  }

  /** Applies a page and stores its cursor, in one transaction. Applying the last page again changes nothing. */
  async apply(page: ChangePage): Promise<void> {
    const { cursor, seq, layout, late, followTypes } = this.#state
    const fresh = page.records.filter((change) => change.seq > seq)
    if (fresh.length === 0 && page.cursor === cursor) return
    if (fresh.length < page.records.length) throw wentBack(this.#table)
    const { kept, gone } = lastOfEach(fresh)
    const change = layout.withKeys(keysOf(kept, layout), late)
    const isNamed = followTypes && kept.every((record) => isNamedBy(followTypes, record))
    const next = {
      cursor: page.cursor,
      seq: fresh.at(-1)?.seq ?? seq,
      followTypes: isNamed ? followTypes : undefined,
    }
    await this.step(next, async () => {
      const present = await this.#alter(change)
      const rows = kept.map((record) => [...baseCells(record), ...present.cells(record.field_map)])
      const target = this.#state.anew ? asideOf(this.#table) : this.#table
      await this.#engine.upsert(target, columnsOf(present), rows)
      await this.#engine.remove(target, gone)
      const missing = change.added.filter(({ key }) => !present.has(key))
      if (missing.length === 0) return { layout: present }
      return { layout: present, late: new Set([...late, ...missing.map(({ key }) => key)]) }
    })
  }

  /**
   * Once per run, first: lets columns that had to wait be tried again, and finds files that somebody removed or changed, by their size or, if thorough, by their
   * content; `settle` writes them again. Returns how many: none where the mirror is a table only.
   */
  async inspect(_isThorough: boolean): Promise<number> {
    this.#waiting = []
    return 0
  }

  /** Writes the files of the days that changed. Due when there are no more changes. */
  async settle(): Promise<void> {}

  /** After the cursor has expired: everything is read again into a second table. The first stays until `finishResync`. */
  async startResync(): Promise<void> {
    await this.step({ cursor: undefined, seq: 0, anew: true }, async () => {
      await createAside(this.#engine, this.#table, this.#state)
      return {}
    })
  }

  /** Merges the second table into the first, in one transaction; deletes what the source no longer has. */
  async finishResync(): Promise<void> {
    if (!this.#state.anew) return
    await this.step({ anew: false }, async () => {
      await this.#merge()
      return {}
    })
  }

  /** Count and `whole_checksum` of each day that has follow-ups (G4, G5), in order, computed from the stored rows. */
  daySums(timeZone: string): AsyncGenerator<DaySum, void, undefined> {
    return daySums(this.#engine, this.#table, timeZone)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine.close()
  }

  /**
   * A transaction that ends with the next state; refused when another process has written since the present one.
   *
   * @param fn returns what it finds out of the next state
   */
  protected async step(change: Partial<State>, fn: () => Promise<Partial<State>>): Promise<void> {
    const was = this.#state
    const begun = { ...was, ...change, revision: was.revision + 1 }
    this.#state = await this.#engine.transaction(async () => {
      await replaceProgress(this.#engine, this.#table, was, begun)
      const next = { ...begun, ...(await fn()) }
      await replaceDefinitions(this.#engine, this.#table, was, next)
      return next
    })
  }

  #tables(): string[] {
    return this.#state.anew ? [this.#table, asideOf(this.#table)] : [this.#table]
  }

  /** Returns the layout that the tables have then. */
  async #alter(change: LayoutChange): Promise<Layout> {
    const isWaiting = this.#waiting.length > 0
    const altered = await alterTables(this.#engine, this.#tables(), change, this.#state.layout, isWaiting)
    this.#waiting = [...new Set([...this.#waiting, ...altered.waiting])]
    this.#refusals = [...new Set([...this.#refusals, ...altered.refusals])]
    return altered.layout
  }

  /** Computes the values of some custom fields again, in every row that can have them. */
  async #rewrite(table: string, keys: ReadonlySet<string>): Promise<void> {
    const { layout } = this.#state
    const engine = this.#engine
    const part = new Layout(
      layout.columns.filter(({ key }) => keys.has(key)),
      layout.timeZone,
      true,
    )
    if (part.columns.length === 0) return
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
  const names = new Set([options.id])
  for (;;) {
    const opened = await engine.transaction(() => openState(engine, table, options, hasColumns, names))
    if (!('source' in opened)) return { table, state: opened }
    // Asked between two transactions: a source can take minutes to respond.
    const { source, state } = opened
    if (state.cursor === undefined || !(await options.takes(state.cursor))) {
      throw otherSource(table, source, options.id)
    }
    names.add(source)
  }
}

/**
 * @param names the names of the source as far as they are known
 * @returns the state, or what is stored of a source with another name
 */
async function openState(
  engine: Engine,
  table: string,
  options: TableOptions,
  hasColumns: boolean,
  names: ReadonlySet<string>,
): Promise<State | { source: string; state: State }> {
  await engine.lockOpening()
  await createStateTable(engine)
  const stored = await readState(engine, table, hasColumns)
  const isThere = await engine.hasTable(table)
  if (isThere && !stored) throw notOurs(table)
  if (stored && stored.source !== options.id) {
    const isOurs = names.has(stored.source)
    if (!isOurs && !(isThere && (await isUntouched(engine, table, stored.state)))) return stored
    const followTypes = isOurs ? stored.state.followTypes : undefined
    stored.state = { ...stored.state, followTypes, revision: stored.state.revision + 1 }
    await insertState(engine, table, options.id, stored.state)
  }
  if (isThere && stored) return await withAside(engine, table, options, stored.state)
  return await createMirror(engine, table, options, hasColumns, stored?.state)
}

/** The first run, or somebody dropped the table to start over. */
async function createMirror(
  engine: Engine,
  table: string,
  options: TableOptions,
  hasColumns: boolean,
  was: State | undefined,
): Promise<State> {
  const layout = new Layout([], options.timeZone, hasColumns)
  const state: State = {
    ...{ cursor: undefined, seq: 0, anew: false, revision: (was?.revision ?? 0) + 1 },
    ...{ layout, followTypes: undefined, late: new Set(), due: new Set() },
  }
  await dropAside(engine, table, was)
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
    `${table} 是 ${stored} 的副本，而 ${given} 不接受它的游标：不是同一个企业的变更流，或变更流已重置、游标已过期。请换一个目标；若要用它重新开始，请先删除 ${table} 与 ${STATE_TABLE} 中对应的行（文件夹则整个删除） / ${table} is a copy of ${stored}, and ${given} does not take its cursor: the change feed is another company's, was reset, or the cursor has expired. Choose another target, or, to start over, delete ${table} and its row in ${STATE_TABLE} (of a folder, all of it)`,
  )
}

function wentBack(table: string): SyncError {
  return refused(
    `变更流的序号倒退了：来源可能从备份恢复过而没有运行 genjin feed reset；${table} 没有改动 / the feed's numbers went back: the source may have been restored from a backup without genjin feed reset; ${table} is unchanged`,
  )
}
