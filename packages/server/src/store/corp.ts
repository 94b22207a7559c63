import sql, { type Sql } from 'sql-template-tag'
import { yieldToEventLoop } from '../event-loop.ts'
import {
  type CorpKey,
  KEEPS_REVISION,
  type ReadTx,
  type Row,
  type SharedReadTx,
  type SharedWriteTx,
  type Store,
  type WriteTx,
} from './port.ts'

/** A company. `key` is what all its rows carry, `id` the name that people use. */
export interface Corp {
  readonly key: number
  readonly id: string
  readonly name: string
  readonly timeZone: string
}

const COLUMNS = sql`corp, id, name, time_zone`

function corpOf(row: Row): Corp {
  return { key: Number(row[0]), id: row[1] as string, name: row[2] as string, timeZone: row[3] as string }
}

export async function findCorp(tx: SharedReadTx, id: string): Promise<Corp | undefined> {
  const row = await tx.shared.get(sql`SELECT ${COLUMNS} FROM corp WHERE id = ${id}`)
  return row && corpOf(row)
}

export async function allCorps(tx: SharedReadTx): Promise<Corp[]> {
  const rows = await tx.shared.all(sql`SELECT ${COLUMNS} FROM corp ORDER BY corp`)
  return rows.map(corpOf)
}

/** The company of the transaction. */
export async function readCorp(tx: ReadTx): Promise<Corp | undefined> {
  const row = await tx.get(
    sql`SELECT c.corp, c.id, c.name, c.time_zone FROM corp_state n JOIN corp c ON c.corp = n.corp
        WHERE n.corp = ${tx.corp}`,
  )
  return row && corpOf(row)
}

/** Adds a company. Throws StoreError `unique` when the id is taken. */
export async function insertCorp(tx: SharedWriteTx, corp: Omit<Corp, 'key'>, now: number): Promise<Corp> {
  const row = await tx.shared.get(
    sql`INSERT INTO corp (id, name, time_zone, created_at)
        VALUES (${corp.id}, ${corp.name}, ${corp.timeZone}, ${now}) RETURNING ${COLUMNS}`,
  )
  return corpOf(row as Row)
}

/** Adds the row by whose lock writers of the company take turns. `feed`: a random name for its change feed. */
export async function insertCorpState(tx: WriteTx, feed: string): Promise<void> {
  await tx.run(sql`INSERT INTO corp_state (corp, feed) VALUES (${tx.corp}, ${feed})`)
}

/** Gives the company's change feed another name: cursors of the old one become invalid. */
export async function renameFeed(tx: WriteTx, feed: string): Promise<void> {
  await tx.run(sql`UPDATE corp_state SET feed = ${feed} WHERE corp = ${tx.corp}`)
}

/**
 * A company's present state. `revision` changes with every write that is not declared to keep it (KEEPS_REVISION), `seq`
 * with every change of a follow-up; both carry the name of the feed, so that a restored database has another state. What is
 * cached under one of them is valid as long as it is unchanged.
 */
export interface CorpState {
  /** Of everything but follow-ups: apps, staff, departments, follow types, custom fields. */
  readonly revision: string
  /** Of everything stored for the company: the revision and `seq`. */
  readonly state: string
}

export async function readState(tx: ReadTx): Promise<CorpState> {
  return stateOf(await tx.get(stateStatement(tx)))
}

/**
 * Reads the present state of a company, in a transaction of its own, once for everyone who asks in the same turn of the
 * event loop: the read begins after all of them have asked.
 */
export function createStateReader(store: Store): (corp: number) => Promise<CorpState> {
  const pending = new Map<number, Promise<CorpState>>()
  return (corp) => {
    const known = pending.get(corp)
    if (known) return known
    const state = yieldToEventLoop().then(async () => {
      pending.delete(corp)
      return stateOf(await store.readRow(corp, stateStatement))
    })
    pending.set(corp, state)
    return state
  }
}

function stateStatement({ corp }: CorpKey): Sql {
  return sql`SELECT feed, revision, seq FROM corp_state WHERE corp = ${corp}`
}

function stateOf(row: Row | undefined): CorpState {
  const revision = `${row?.[0]}.${row?.[1]}`
  return { revision, state: `${revision}.${row?.[2]}` }
}

/** The store calls it at the end of a write that was not declared to keep the revision. */
export async function raiseRevision(tx: WriteTx): Promise<void> {
  await tx.run(sql`UPDATE corp_state SET revision = revision + 1 WHERE corp = ${tx.corp}`, KEEPS_REVISION)
}
