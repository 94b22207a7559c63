import sql, { type Sql } from 'sql-template-tag'
import { KEEPS_REVISION, type ReadTx, type Row, type WriteTx } from './port.ts'

/** An app of a company. Times in ms. */
export interface App {
  readonly appid: string
  readonly label: string
  readonly isReadOnly: boolean
  readonly createdAt: number
  /** To five minutes. */
  readonly usedAt: number | null
  readonly revokedAt: number | null
  readonly secretHash: string
  /** Hash of the secret before, and until when it is good. */
  readonly oldHash: string | null
  readonly oldUntil: number | null
  /** Number of the newest token; 0: none yet. */
  readonly tokenIssue: number
  readonly tokenIssuedAt: number
  /** Tokens up to this number are revoked. */
  readonly tokenRevokedThrough: number
}

const COLUMNS = sql`a.appid, a.label, a.read_only, a.created_at, a.used_at, a.revoked_at, a.secret_hash, a.old_hash,
  a.old_until, a.token_issue, a.token_issued_at, a.token_revoked_through`

function appOf(row: Row): App {
  return {
    appid: row[0] as string,
    label: row[1] as string,
    isReadOnly: Number(row[2]) === 1,
    createdAt: Number(row[3]),
    usedAt: timeOf(row[4]),
    revokedAt: timeOf(row[5]),
    secretHash: row[6] as string,
    oldHash: row[7] as string | null,
    oldUntil: timeOf(row[8]),
    tokenIssue: Number(row[9]),
    tokenIssuedAt: Number(row[10]),
    tokenRevokedThrough: Number(row[11]),
  }
}

/** A time that may be null. */
export function timeOf(value: Row[number] | undefined): number | null {
  return value === null || value === undefined ? null : Number(value)
}

export async function findApp(tx: ReadTx, appid: string): Promise<App | undefined> {
  const [app] = await apps(tx, sql`AND a.appid = ${appid}`)
  return app
}

/** An app, with its company's time zone. */
export async function findAppAndZone(
  tx: ReadTx,
  appid: string,
): Promise<(App & { readonly timeZone: string }) | undefined> {
  const row = await tx.get(
    sql`SELECT ${COLUMNS}, c.time_zone FROM app a JOIN corp c ON c.corp = a.corp
        WHERE a.corp = ${tx.corp} AND a.appid = ${appid}`,
  )
  return row && { ...appOf(row), timeZone: row[12] as string }
}

/** Apps, oldest first, from `offset`. */
export function appPage(tx: ReadTx, limit: number, offset: number): Promise<App[]> {
  return apps(tx, sql`ORDER BY a.created_at, a.appid LIMIT ${limit} OFFSET ${offset}`)
}

/** @param rest further conditions, and the order */
async function apps(tx: ReadTx, rest: Sql): Promise<App[]> {
  const rows = await tx.all(sql`SELECT ${COLUMNS} FROM app a WHERE a.corp = ${tx.corp} ${rest}`)
  return rows.map(appOf)
}

/** Adds an app. Throws StoreError `unique` when the appid is taken. */
export async function insertApp(
  tx: WriteTx,
  {
    appid,
    label,
    isReadOnly,
    secretHash,
    createdAt,
  }: Pick<App, 'appid' | 'label' | 'isReadOnly' | 'secretHash' | 'createdAt'>,
): Promise<void> {
  const readOnly = isReadOnly ? 1 : 0
  await tx.run(
    sql`INSERT INTO app (corp, appid, label, read_only, secret_hash, created_at)
        VALUES (${tx.corp}, ${appid}, ${label}, ${readOnly}, ${secretHash}, ${createdAt})`,
  )
}

export async function renameApp(tx: WriteTx, appid: string, label: string): Promise<void> {
  await tx.run(sql`UPDATE app SET label = ${label} WHERE corp = ${tx.corp} AND appid = ${appid}`)
}

/** Gives an app another secret; the present one stays good until `oldUntil`, null: not at all. */
export async function replaceSecret(
  tx: WriteTx,
  appid: string,
  secretHash: string,
  oldUntil: number | null,
): Promise<void> {
  const old = oldUntil === null ? sql`NULL` : sql`secret_hash`
  await tx.run(
    sql`UPDATE app SET old_hash = ${old}, old_until = ${oldUntil}, secret_hash = ${secretHash}
        WHERE corp = ${tx.corp} AND appid = ${appid}`,
  )
}

/** Notes that an app has called. */
export async function noteAppUse(tx: WriteTx, appid: string, usedAt: number): Promise<void> {
  await tx.run(
    sql`UPDATE app SET used_at = ${usedAt} WHERE corp = ${tx.corp} AND appid = ${appid}`,
    KEEPS_REVISION,
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
    KEEPS_REVISION,
  )
}
