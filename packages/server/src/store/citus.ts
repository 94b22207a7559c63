import { StoreError } from '../errors.ts'
import type { Driver, DriverTx } from './port.ts'
import { CORP_TABLES } from './tenant-guard.ts'

/** Tables that belong to no company: small, and read on every node. */
const REFERENCE_TABLES = ['corp', 'setting', 'schema_migration']

/** The first table to be distributed; the others are co-located with it, all rows of a company on one node. */
const FIRST = 'corp_state'

/**
 * Distributes the schema over a Citus cluster: the companies' tables by the company's key, co-located; the shared ones as
 * reference tables, a copy on every node. Tables that are distributed already stay as they are, so that an interrupted run
 * is completed by running it again. Answers the tables distributed just now. Throws StoreError `unsupported` without Citus.
 */
export async function distribute(driver: Driver): Promise<string[]> {
  if (driver.dialect.name !== 'postgres' || !(await driver.read(undefined, hasCitus))) {
    throw new StoreError(
      'unsupported',
      '--citus 只用于装有 Citus 的 PostgreSQL：请先在协调节点上 CREATE EXTENSION citus 并添加工作节点' +
        ' / --citus needs PostgreSQL with Citus: CREATE EXTENSION citus on the coordinator and add the workers first',
    )
  }
  const done: string[] = []
  for (const statement of await driver.read(undefined, planDistribution)) {
    // A transaction each: Citus distributes tables that refer to each other one at a time.
    await driver.exclusive(async (tx) => {
      if (await isDistributed(tx, statement.table)) return
      await tx.script(statement.sql)
      done.push(statement.table)
    })
  }
  return done
}

async function hasCitus(tx: DriverTx): Promise<boolean> {
  const found = await tx.get(`SELECT 1 FROM pg_proc WHERE proname = 'create_distributed_table' LIMIT 1`, [])
  return found !== undefined
}

async function isDistributed(tx: DriverTx, table: string): Promise<boolean> {
  const found = await tx.get('SELECT 1 FROM pg_dist_partition WHERE logicalrelid = $1::regclass', [table])
  return found !== undefined
}

/** The steps, in an order in which every foreign key leads to a table that is distributed before. */
export async function planDistribution(tx: DriverTx): Promise<{ table: string; sql: string }[]> {
  const references = await tx.all(
    `SELECT conrelid::regclass::TEXT, confrelid::regclass::TEXT FROM pg_constraint
     WHERE contype = 'f' AND connamespace = current_schema()::regnamespace`,
    [],
  )
  const steps = REFERENCE_TABLES.map((table) => ({ table, sql: `SELECT create_reference_table('${table}')` }))
  const placed = new Set(REFERENCE_TABLES)
  const waiting = new Set([FIRST, ...CORP_TABLES])
  while (waiting.size > 0) {
    const ready = [...waiting].find((table) =>
      references.every(([from, to]) => from !== table || to === table || placed.has(to as string)),
    )
    if (ready === undefined)
      throw new Error(`tables that refer to each other in a circle: ${[...waiting].join(', ')}`)
    const beside = ready === FIRST ? 'none' : FIRST
    steps.push({
      table: ready,
      sql: `SELECT create_distributed_table('${ready}', 'corp', colocate_with => '${beside}')`,
    })
    placed.add(ready)
    waiting.delete(ready)
  }
  return steps
}
