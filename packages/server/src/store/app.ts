import sql from 'sql-template-tag'
import { KEEPS_REVISION, type ReadTx, type WriteTx } from './port.ts'

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
    KEEPS_REVISION,
  )
}
