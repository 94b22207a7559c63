import { setImmediate as gathered } from 'node:timers/promises'
import sql, { type Sql } from 'sql-template-tag'
import type { CorpKey, Insertion, ReadTx, Row, SharedReadTx, SharedWriteTx, Store, WriteTx } from './port.ts'

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

/** Adds a company. Throws StoreError `unique` when the id is taken. */
export async function insertCorp(tx: SharedWriteTx, corp: Omit<Corp, 'key'>, now: number): Promise<Corp> {
  const row = await tx.shared.get(
    sql`INSERT INTO corp (id, name, time_zone, created_at)
        VALUES (${corp.id}, ${corp.name}, ${corp.timeZone}, ${now}) RETURNING ${COLUMNS}`,
  )
  return corpOf(row as Row)
}

/** Adds the row that writers of the company take turns by. `feed`: a random name for its change feed. */
export async function insertCorpState(tx: WriteTx, feed: string): Promise<void> {
  await tx.run(sql`INSERT INTO corp_state (corp, feed) VALUES (${tx.corp}, ${feed})`)
}

/** Gives the company's change feed another name: cursors of the old one are worth nothing. */
export async function renameFeed(tx: WriteTx, feed: string): Promise<void> {
  await tx.run(sql`UPDATE corp_state SET feed = ${feed} WHERE corp = ${tx.corp}`)
}

/** What names a company's state: while it is the same, so is everything that is stored for the company. */
export interface CorpState {
  /** Of everything that is no follow-up: apps, staff, departments, methods, fields. */
  readonly revision: string
  /** Of everything. */
  readonly state: string
}

export async function readState(tx: ReadTx): Promise<CorpState> {
  return stateOf(await tx.get(stateStatement(tx)))
}

/** The same in a transaction of its own. */
export async function presentState(store: Store, corp: number): Promise<CorpState> {
  return stateOf(await store.readRow(corp, stateStatement))
}

/**
 * presentState for all who ask at about the same time: those who come before the event loop has gone round are answered by
 * one reading, which begins after all of them have asked.
 */
export function createStates(store: Store): (corp: number) => Promise<CorpState> {
  const next = new Map<number, Promise<CorpState>>()
  return (corp) => {
    const known = next.get(corp)
    if (known) return known
    const state = gathered().then(() => {
      next.delete(corp)
      return presentState(store, corp)
    })
    next.set(corp, state)
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

/** Names a new state: something else than follow-ups was written. */
export async function countRevision(tx: WriteTx): Promise<void> {
  await tx.run(sql`UPDATE corp_state SET revision = revision + 1 WHERE corp = ${tx.corp}`)
}

/** An app of a company, with its company's time zone. Times in ms. */
export interface App {
  readonly appid: string
  readonly secretHash: string
  readonly revokedAt: number | null
  /** Number of the newest token; 0: none yet. */
  readonly tokenIssue: number
  readonly tokenIssuedAt: number
  /** Tokens up to this number are revoked. */
  readonly tokenRevokedThrough: number
  readonly timeZone: string
}

export async function findApp(tx: ReadTx, appid: string): Promise<App | undefined> {
  const row = await tx.get(
    sql`SELECT a.appid, a.secret_hash, a.revoked_at, a.token_issue, a.token_issued_at, a.token_revoked_through,
               c.time_zone
        FROM app a JOIN corp c ON c.corp = a.corp WHERE a.corp = ${tx.corp} AND a.appid = ${appid}`,
  )
  return (
    row && {
      appid: row[0] as string,
      secretHash: row[1] as string,
      revokedAt: row[2] === null ? null : Number(row[2]),
      tokenIssue: Number(row[3]),
      tokenIssuedAt: Number(row[4]),
      tokenRevokedThrough: Number(row[5]),
      timeZone: row[6] as string,
    }
  )
}

/** Adds an app. Throws StoreError `unique` when the appid is taken. */
export async function insertApp(tx: WriteTx, appid: string, secretHash: string, now: number): Promise<void> {
  await tx.run(
    sql`INSERT INTO app (corp, appid, secret_hash, created_at) VALUES (${tx.corp}, ${appid}, ${secretHash}, ${now})`,
  )
}

/** Makes the next token the app's newest; answers its number. */
export async function issueToken(tx: WriteTx, appid: string, issuedAt: number): Promise<number> {
  const row = await tx.get(
    sql`UPDATE app SET token_issue = token_issue + 1, token_issued_at = ${issuedAt}
        WHERE corp = ${tx.corp} AND appid = ${appid} RETURNING token_issue`,
  )
  return Number(row?.[0])
}

/** Revokes every token issued so far (T2). */
export async function revokeTokens(tx: WriteTx, appid: string): Promise<boolean> {
  const changed = await tx.run(
    sql`UPDATE app SET token_revoked_through = token_issue WHERE corp = ${tx.corp} AND appid = ${appid}`,
  )
  return changed > 0
}

/** Disables an app for good, its tokens with it. */
export async function revokeApp(tx: WriteTx, appid: string, now: number): Promise<boolean> {
  const changed = await tx.run(
    sql`UPDATE app SET revoked_at = coalesce(revoked_at, ${now}), token_revoked_through = token_issue
        WHERE corp = ${tx.corp} AND appid = ${appid}`,
  )
  return changed > 0
}

/** The calls of an app in its present window. */
export interface CallWindow {
  readonly startedAt: number
  readonly calls: number
}

export async function findCallWindow(tx: ReadTx, appid: string): Promise<CallWindow | undefined> {
  const row = await tx.get(
    sql`SELECT started_at, calls FROM call_window WHERE corp = ${tx.corp} AND appid = ${appid}`,
  )
  return row && { startedAt: Number(row[0]), calls: Number(row[1]) }
}

export async function keepCallWindow(tx: WriteTx, appid: string, window: CallWindow): Promise<void> {
  await tx.run(
    sql`INSERT INTO call_window (corp, appid, started_at, calls)
        VALUES (${tx.corp}, ${appid}, ${window.startedAt}, ${window.calls})
        ON CONFLICT (corp, appid) DO UPDATE SET started_at = excluded.started_at, calls = excluded.calls`,
  )
}

/** The first answer given under an idempotency key. */
export interface WriteKey {
  readonly requestHash: string
  readonly answer: string
}

/** How long a key is remembered. */
const WRITE_KEY_MS = 24 * 3600 * 1000

/** Those of an app's keys that are remembered. */
export async function findWriteKeys(
  tx: ReadTx,
  appid: string,
  keys: readonly string[],
  now: number,
): Promise<Map<string, WriteKey>> {
  const rows = await tx.all(
    sql`SELECT key, request_hash, answer FROM write_key
        WHERE corp = ${tx.corp} AND appid = ${appid} AND ${tx.dialect.isOneOf(sql`key`, keys)}
          AND created_at > ${now - WRITE_KEY_MS}`,
  )
  return new Map(
    rows.map(([key, requestHash, answer]) => [
      key as string,
      { requestHash: requestHash as string, answer: answer as string },
    ]),
  )
}

/** Remembers keys with their answers, in the transaction of the writes themselves; forgets those past their time. */
export async function keepWriteKeys(
  tx: WriteTx,
  kept: readonly (WriteKey & { readonly appid: string; readonly key: string })[],
  now: number,
): Promise<void> {
  await Promise.all([
    tx.run(sql`DELETE FROM write_key WHERE corp = ${tx.corp} AND created_at <= ${now - WRITE_KEY_MS}`),
    tx.insert(
      WRITE_KEYS,
      kept.map(({ appid, key, requestHash, answer }) => [appid, key, requestHash, answer, now]),
    ),
  ])
}

const WRITE_KEYS: Insertion = {
  table: 'write_key',
  columns: { appid: 'text', key: 'text', request_hash: 'text', answer: 'text', created_at: 'integer' },
}
