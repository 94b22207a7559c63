import { refused } from '../error.ts'
import { type CustomColumn, Layout } from './custom-columns.ts'
import type { Column, Engine } from './engine.ts'

/** The table that stores how far each mirror of this database has come. */
export const STATE_TABLE = 'genjin_sync'

const COLUMNS: readonly Column[] = [
  { name: 'table_name', kind: 'text', comment: '跟进表', notNull: true },
  { name: 'source', kind: 'text', comment: '来源', notNull: true },
  { name: 'cursor', kind: 'text', comment: '变更流的游标' },
  { name: 'seq', kind: 'bigint', comment: '最后一个变更的序号', notNull: true },
  { name: 'anew', kind: 'boolean', comment: '正在从头重读', notNull: true },
  { name: 'revision', kind: 'bigint', comment: '写入的次数：检测其他写入进程', notNull: true },
  { name: 'definitions', kind: 'json', comment: '自定义字段的列与跟进方式的名称', notNull: true },
  { name: 'synced_at', kind: 'time', comment: '最近一次写入的时间', notNull: true },
]

/** Versions of `definitions`; a newer one is refused. The second has `late` or `due`, which an older program would lose. */
const FORMATS = [1, 2]

/** How far a mirror has come. Immutable: the next state replaces it when its transaction has committed. */
export interface State {
  readonly cursor: string | undefined
  /** Of the last change that was applied. */
  readonly seq: number
  readonly anew: boolean
  readonly revision: number
  readonly layout: Layout
  /** Names by id that all rows have; undefined while some rows may have another one. */
  readonly followTypes: ReadonlyMap<string, string> | undefined
  /** Keys of records that got no column when they appeared: the table could not be altered. */
  readonly late: ReadonlySet<string>
  /** Keys whose columns must be computed again in all rows. */
  readonly due: ReadonlySet<string>
}

export async function createStateTable(engine: Engine): Promise<void> {
  if (await engine.hasTable(STATE_TABLE)) return
  await engine.createTable(STATE_TABLE, 'genjin sync 的进度，请勿改动', COLUMNS)
}

/**
 * The stored state of a mirror, and its source. Waits for the transaction of a process that was killed: PostgreSQL may still
 * commit it, and then this process continues from there instead of refusing to write beside another one.
 */
export async function readState(
  engine: Engine,
  table: string,
  hasColumns: boolean,
): Promise<{ source: string; state: State } | undefined> {
  const list = COLUMNS.map((column) => engine.select(column)).join(', ')
  const [row] = await engine.all(
    `SELECT ${list} FROM ${STATE_TABLE} WHERE table_name = ${engine.param(1)} ${engine.forUpdate}`,
    [table],
  )
  if (!row) return undefined
  const [, source, cursor, seq, anew, revision, definitions] = COLUMNS.map(({ kind }, index) =>
    JSON.parse(engine.json(kind, row[index])),
  )
  if (!FORMATS.includes(definitions.format)) {
    throw refused(
      `表 ${table} 由更新版本的 genjin 同步，请升级 genjin / table ${table} was synced by a newer genjin: upgrade`,
    )
  }
  const layout = new Layout(definitions.columns as CustomColumn[], definitions.timeZone, hasColumns)
  const followTypes = definitions.methods === null ? undefined : new Map<string, string>(definitions.methods)
  const [late, due] = [definitions.late, definitions.due].map((keys) => new Set<string>(keys ?? []))
  const progress = { cursor: cursor ?? undefined, seq, anew, revision }
  return { source, state: { ...progress, layout, followTypes, late, due } as State }
}

export async function insertState(
  engine: Engine,
  table: string,
  source: string,
  state: State,
): Promise<void> {
  await engine.run(`DELETE FROM ${STATE_TABLE} WHERE table_name = ${engine.param(1)}`, [table])
  await engine.run(
    `INSERT INTO ${STATE_TABLE} (table_name, source, cursor, seq, anew, revision, definitions, synced_at) VALUES (${engine.param(1)}, ${engine.param(2)}, ${engine.param(3)}, ${engine.param(4, 'bigint')}, ${engine.param(5, 'boolean')}, ${engine.param(6, 'bigint')}, ${engine.param(7, 'json')}, ${engine.now})`,
    [table, source, state.cursor ?? null, state.seq, state.anew, state.revision, definitionsText(state)],
  )
}

/**
 * Replaces the progress that `state` was derived from. First in its transaction: a second process waits here, and is refused
 * when the first has committed.
 */
export async function replaceProgress(
  engine: Engine,
  table: string,
  was: State,
  state: State,
): Promise<void> {
  const changed = await engine.run(
    `UPDATE ${STATE_TABLE} SET revision = ${engine.param(3, 'bigint')}, cursor = ${engine.param(4)}, seq = ${engine.param(5, 'bigint')}, anew = ${engine.param(6, 'boolean')}, synced_at = ${engine.now} WHERE table_name = ${engine.param(1)} AND revision = ${engine.param(2, 'bigint')}`,
    [table, was.revision, state.revision, state.cursor ?? null, state.seq, state.anew],
  )
  if (changed === 1) return
  throw refused(
    `另一个进程也在同步到 ${table}：本次已停止，已写入的数据完好 / another process syncs into ${table} too: this one stops, what was written is intact`,
  )
}

/** Stores what else a transaction changed of the state. */
export async function replaceDefinitions(
  engine: Engine,
  table: string,
  was: State,
  state: State,
): Promise<void> {
  const keys = ['layout', 'followTypes', 'late', 'due'] as const
  if (keys.every((key) => state[key] === was[key])) return
  await engine.run(
    `UPDATE ${STATE_TABLE} SET definitions = ${engine.param(2, 'json')} WHERE table_name = ${engine.param(1)}`,
    [table, definitionsText(state)],
  )
}

function definitionsText({ layout, followTypes, late, due }: State): string {
  const isWhole = late.size === 0 && due.size === 0
  return JSON.stringify({
    format: isWhole ? 1 : 2,
    timeZone: layout.timeZone,
    columns: layout.columns,
    // The stored name of follow types.
    methods: followTypes ? [...followTypes] : null,
    ...(!isWhole && { late: [...late], due: [...due] }),
  })
}
