import { ServiceError } from 'genjin-server'
import { type CustomColumn, Layout } from './custom-columns.ts'
import type { Cell, Column, Engine } from './engine.ts'

/** The table that holds, beside the copies, how far each has come. */
export const STATE_TABLE = 'genjin_sync'

const COLUMNS: readonly Column[] = [
  { name: 'table_name', kind: 'text', comment: '跟进表', notNull: true },
  { name: 'source', kind: 'text', comment: '来源', notNull: true },
  { name: 'cursor', kind: 'text', comment: '变更流的游标' },
  { name: 'seq', kind: 'bigint', comment: '最后一个变更的序号', notNull: true },
  { name: 'anew', kind: 'boolean', comment: '正在从头重读', notNull: true },
  { name: 'revision', kind: 'bigint', comment: '写入的次数：看出另一个进程', notNull: true },
  { name: 'definitions', kind: 'json', comment: '自定义字段的列与跟进方式的名称', notNull: true },
  { name: 'synced_at', kind: 'time', comment: '最近一次写入的时间', notNull: true },
]

/** A later version that keeps its state otherwise counts this up. */
const FORMAT = 1

/** How far a copy has come. Never changed: the next one takes its place when its transaction is done. */
export interface State {
  readonly cursor: string | undefined
  /** Of the last change that was applied. */
  readonly seq: number
  readonly anew: boolean
  readonly revision: number
  readonly layout: Layout
  /** Names by id that all rows have; undefined while some may have another. */
  readonly methods: ReadonlyMap<string, string> | undefined
}

export async function createStateTable(engine: Engine): Promise<void> {
  if (await engine.hasTable(STATE_TABLE)) return
  await engine.createTable(STATE_TABLE, 'genjin sync 的进度，请勿改动', COLUMNS)
}

/**
 * The stored state of a copy, and of which source it is. It waits for a transaction of a process that was killed: what that
 * one has committed on its way out is not taken for another process's work.
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
  if (definitions.format !== FORMAT) {
    throw new ServiceError(
      'conflict',
      `表 ${table} 由更新版本的 genjin 同步，请升级 genjin / table ${table} was synced by a newer genjin: upgrade`,
    )
  }
  const layout = new Layout(definitions.columns as CustomColumn[], definitions.timeZone, hasColumns)
  const methods = definitions.methods === null ? undefined : new Map<string, string>(definitions.methods)
  return { source, state: { cursor: cursor ?? undefined, seq, anew, revision, layout, methods } }
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
 * Puts a state in place of the one that it was made from. First in a transaction: whoever comes later waits here, and is
 * refused when it has waited.
 */
export async function replaceState(engine: Engine, table: string, was: State, state: State): Promise<void> {
  const isDefinedAlike = state.layout === was.layout && state.methods === was.methods
  const values: Cell[] = [table, was.revision, state.revision, state.cursor ?? null, state.seq, state.anew]
  const definitions = isDefinedAlike ? '' : `, definitions = ${engine.param(7, 'json')}`
  if (!isDefinedAlike) values.push(definitionsText(state))
  const changed = await engine.run(
    `UPDATE ${STATE_TABLE} SET revision = ${engine.param(3, 'bigint')}, cursor = ${engine.param(4)}, seq = ${engine.param(5, 'bigint')}, anew = ${engine.param(6, 'boolean')}${definitions}, synced_at = ${engine.now} WHERE table_name = ${engine.param(1)} AND revision = ${engine.param(2, 'bigint')}`,
    values,
  )
  if (changed === 1) return
  throw new ServiceError(
    'conflict',
    `另一个进程也在同步到 ${table}：这一次到此为止，已写入的没有损坏 / another process syncs into ${table} too: this one ends here, nothing is damaged`,
  )
}

function definitionsText({ layout, methods }: State): string {
  return JSON.stringify({
    format: FORMAT,
    timeZone: layout.timeZone,
    columns: layout.columns,
    methods: methods ? [...methods] : null,
  })
}
