import { isDeepStrictEqual } from 'node:util'
import { StoreError } from '../errors.ts'
import type { CitusTable, Distribution, Driver, DriverTx, Placement, Row } from './port.ts'
import { CORP_TABLES } from './tenant-guard.ts'

/** Tables that belong to no company: small, and read on every node. */
const REFERENCE_TABLES = ['corp', 'setting', 'schema_migration']

/** The first table to be distributed; the others are placed beside it, all rows of a company on one node. */
const FIRST = 'corp_state'

/** A foreign key, and the statement that adds it again. */
export interface ForeignKey {
  readonly table: string
  /** The table that it leads to. */
  readonly target: string
  readonly name: string
  readonly definition: string
}

/**
 * Distributes the schema over a Citus cluster: the companies' tables by the company's key, co-located; the shared ones as
 * reference tables. All in one transaction, with the rows that are there: cut off, nothing has happened. Throws StoreError
 * `unsupported` without Citus or without a node for shards.
 */
export async function distribute(driver: Driver): Promise<Distribution> {
  if (driver.dialect.name !== 'postgres' || !(await driver.read(undefined, hasCitus))) {
    throw new StoreError(
      'unsupported',
      '--citus 只用于装有 Citus 的 PostgreSQL：请先在协调节点上 CREATE EXTENSION citus 并添加工作节点' +
        ' / --citus needs PostgreSQL with Citus: CREATE EXTENSION citus on the coordinator and add the workers first',
    )
  }
  return driver.exclusive(async (tx) => {
    const before = await placementOf(tx)
    if (before.nodes === 0) {
      throw new StoreError(
        'unsupported',
        '集群还没有可以存放分片的节点：请先在协调节点上用 citus_add_node 添加工作节点' +
          ' / the cluster has no node for shards: add workers on the coordinator with citus_add_node first',
      )
    }
    const keys = await foreignKeysOf(tx)
    const { tables, opening, placing, closing } = planDistribution(before.tables, keys)
    for (const statement of opening) await tx.script(statement)
    const rows = await countRows(tx, tables)
    for (const statement of placing) await tx.script(statement)
    const after = await placementOf(tx)
    const wrong = wrongPlacements(after)
    if (!isDeepStrictEqual(await countRows(tx, tables), rows)) wrong.push('rows are missing')
    for (const statement of closing) await tx.script(statement)
    if (!isDeepStrictEqual(await foreignKeysOf(tx), keys)) wrong.push('foreign keys are not as they were')
    if (wrong.length > 0) {
      const why = wrong.join('; ')
      throw new StoreError(
        'unsupported',
        `分布没有完成，什么都没有改变 / not distributed, nothing was changed: ${why}`,
      )
    }
    const { nodes, nodesWithShards, shards } = after
    return { distributed: tables, nodes, nodesWithShards, shards }
  })
}

/** Distributes the tables that a migration has added where the others are distributed, also one that was cut off before. */
export async function distributeNew(driver: Driver): Promise<void> {
  const tables = (await placementOn(driver))?.tables ?? []
  const isDistributed = tables.some(({ name, kind }) => name === FIRST && kind === 'distributed')
  if (isDistributed && tables.some(({ name, kind }) => kind !== expectedKind(name))) await distribute(driver)
}

/** How the database lies on its cluster; undefined where there is none. */
export async function placementOn(driver: Driver): Promise<Placement | undefined> {
  if (driver.dialect.name !== 'postgres') return undefined
  return driver.read(undefined, async (tx) => ((await hasCitus(tx)) ? placementOf(tx) : undefined))
}

async function hasCitus(tx: DriverTx): Promise<boolean> {
  return (await tx.get(`SELECT 1 FROM pg_extension WHERE extname = 'citus'`, [])) !== undefined
}

async function placementOf(tx: DriverTx): Promise<Placement> {
  const rows = await tx.all(
    `SELECT c.relname, p.partmethod, p.repmodel, p.colocationid
     FROM pg_class c LEFT JOIN pg_dist_partition p ON p.logicalrelid = c.oid
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY($1)`,
    [[...REFERENCE_TABLES, ...CORP_TABLES]],
  )
  const nodes = await tx.get(
    `SELECT count(*)::INTEGER FROM pg_dist_node WHERE isactive AND shouldhaveshards AND noderole = 'primary'`,
    [],
  )
  const shards = await tx.get(
    `SELECT count(*)::INTEGER, count(DISTINCT p.groupid)::INTEGER
     FROM pg_dist_shard s JOIN pg_dist_placement p ON p.shardid = s.shardid
     WHERE s.logicalrelid = to_regclass($1)`,
    [FIRST],
  )
  return {
    nodes: Number(nodes?.[0]),
    shards: Number(shards?.[0]),
    nodesWithShards: Number(shards?.[1]),
    tables: rows.map((row) => tableOf(row)),
  }
}

/** @param row name, partmethod, repmodel and colocationid as in pg_dist_partition, nulls where Citus does not know it */
export function tableOf([name, method, model, colocation]: Row): CitusTable {
  const kind = method === 'h' ? 'distributed' : method === 'n' && model === 't' ? 'reference' : 'local'
  return { name: name as string, kind, colocation: kind === 'local' ? undefined : Number(colocation) }
}

/** How many rows each of these tables has, none hidden by row-level security. */
async function countRows(tx: DriverTx, tables: readonly string[]): Promise<(Row | undefined)[]> {
  const counts: (Row | undefined)[] = []
  for (const table of tables) counts.push(await tx.get(`SELECT count(*) FROM ${table}`, []))
  return counts
}

async function foreignKeysOf(tx: DriverTx): Promise<ForeignKey[]> {
  const rows = await tx.all(
    `SELECT conrelid::regclass::TEXT, confrelid::regclass::TEXT, quote_ident(conname), pg_get_constraintdef(oid)
     FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::TEXT = ANY($1) ORDER BY 1, 3`,
    [CORP_TABLES],
  )
  return (rows as string[][]).map(([table = '', target = '', name = '', definition = '']) => ({
    ...{ table, target, name, definition },
  }))
}

/**
 * The tables that are not placed yet, and the statements that place them. Citus refuses to distribute a table while a local
 * one refers to it, and the other way round: their foreign keys are dropped before and added after. Row-level security is
 * not forced from `opening` to `closing`: it would hide all rows from the owner, and they would not be copied.
 */
export function planDistribution(
  known: readonly CitusTable[],
  keys: readonly ForeignKey[],
): { tables: string[]; opening: string[]; placing: string[]; closing: string[] } {
  const waiting = known.filter((table) => table.kind !== expectedKind(table.name)).map(({ name }) => name)
  if (waiting.length === 0) return { tables: [], opening: [], placing: [], closing: [] }
  const references = REFERENCE_TABLES.filter((name) => waiting.includes(name))
  // The first is the one that the others are placed beside.
  const distributed = [FIRST, ...CORP_TABLES.filter((name) => name !== FIRST)].filter((name) =>
    waiting.includes(name),
  )
  const tables = [...references, ...distributed]
  const affected = keys.filter(({ table, target }) => waiting.includes(table) || waiting.includes(target))
  return {
    tables,
    opening: [
      // Nothing is written between the counting of rows and their copy.
      ...tables.map((name) => `LOCK TABLE ${name} IN ACCESS EXCLUSIVE MODE`),
      // Before the keys go: Citus then moves the rows of tables that it has listed for their keys alone.
      ...distributed.map((name) => `ALTER TABLE ${name} NO FORCE ROW LEVEL SECURITY`),
    ],
    placing: [
      ...affected.map(({ table, name }) => `ALTER TABLE ${table} DROP CONSTRAINT ${name}`),
      ...references.map((name) => `SELECT create_reference_table('${name}')`),
      ...distributed.map(
        (name) =>
          `SELECT create_distributed_table('${name}', 'corp', colocate_with => '${name === FIRST ? 'none' : FIRST}')`,
      ),
      ...tables.map((name) => `SELECT truncate_local_data_after_distributing_table('${name}')`),
      ...affected.map(
        ({ table, name, definition }) => `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`,
      ),
    ],
    closing: distributed.map((name) => `ALTER TABLE ${name} FORCE ROW LEVEL SECURITY`),
  }
}

function expectedKind(name: string): CitusTable['kind'] {
  return REFERENCE_TABLES.includes(name) ? 'reference' : 'distributed'
}

/** What is wrong with a placement, for people; empty when nothing is. A node that was added later has no shards, rightly. */
export function wrongPlacements({ tables }: Placement): string[] {
  const companies = tables.filter(({ name }) => expectedKind(name) === 'distributed')
  const groups = new Set(companies.map(({ colocation }) => colocation))
  return [
    ...tables
      .filter(({ name, kind }) => kind !== expectedKind(name))
      .map(({ name, kind }) => `${name} is ${kind}, not ${expectedKind(name)}`),
    ...(groups.size > 1
      ? [`the tables of companies are in ${groups.size} co-location groups, not in one`]
      : []),
  ]
}
