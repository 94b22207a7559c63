import type { SignInWay } from 'genjin-contract'
import sql, { empty, type Sql } from 'sql-template-tag'
import { KEEPS_REVISION, type ReadTx, type WriteTx } from './port.ts'

/** Where a person is signed in. Times in ms. */
export interface StoredSession {
  /** SHA-256 of what the cookie holds. */
  readonly id: string
  readonly userId: string
  readonly way: SignInWay
  readonly createdAt: number
  /** To five minutes. */
  readonly seenAt: number
  readonly address: string
  readonly agent: string
}

/** A session stays in the table for so long at most; it is good as long as `isLasting` says. */
export const SESSION_MS = 30 * 24 * 3600 * 1000
export const UNUSED_SESSION_MS = 7 * 24 * 3600 * 1000

/** How far the clocks of several servers may be apart. */
const SKEW_MS = 300_000

/** Whether a session has not come to its end: 30 days, or 7 without use. Not one of the future, begun while the clock was wrong. */
export function isLasting({ createdAt, seenAt }: StoredSession, now: number): boolean {
  const isOfFuture = createdAt > now + SKEW_MS || seenAt > now + SKEW_MS
  return !isOfFuture && now < createdAt + SESSION_MS && now < seenAt + UNUSED_SESSION_MS
}

export async function findSession(tx: ReadTx, id: string): Promise<StoredSession | undefined> {
  const [session] = await sessions(tx, sql`AND i.id = ${id}`)
  return session
}

/** The sessions of a person, last used first. */
export function sessionsOf(tx: ReadTx, userId: string): Promise<StoredSession[]> {
  return sessions(tx, sql`AND i.user_id = ${userId} ORDER BY i.seen_at DESC, i.id`)
}

/** The same of several people, by user_id. */
export async function sessionsByPerson(
  tx: ReadTx,
  userIds: readonly string[],
): Promise<Map<string, StoredSession[]>> {
  const ofThem = tx.dialect.isOneOf(sql`i.user_id`, userIds)
  const found = await sessions(tx, sql`AND ${ofThem} ORDER BY i.seen_at DESC, i.id`)
  return Map.groupBy(found, ({ userId }) => userId)
}

async function sessions(tx: ReadTx, rest: Sql): Promise<StoredSession[]> {
  const rows = await tx.all(
    sql`SELECT i.id, i.user_id, i.way, i.created_at, i.seen_at, i.address, i.agent
        FROM person_session i WHERE i.corp = ${tx.corp} ${rest}`,
  )
  return rows.map((row) => ({
    id: row[0] as string,
    userId: row[1] as string,
    way: row[2] as SignInWay,
    createdAt: Number(row[3]),
    seenAt: Number(row[4]),
    address: row[5] as string,
    agent: row[6] as string,
  }))
}

/** Keeps a new session. Nothing that was answered before changes by it. */
export async function insertSession(tx: WriteTx, session: StoredSession): Promise<void> {
  const { id, userId, way, createdAt, seenAt, address, agent } = session
  await tx.run(
    sql`INSERT INTO person_session (corp, id, user_id, way, created_at, seen_at, address, agent)
        VALUES (${tx.corp}, ${id}, ${userId}, ${way}, ${createdAt}, ${seenAt}, ${address}, ${agent})`,
    KEEPS_REVISION,
  )
}

export async function noteSessionUse(tx: WriteTx, id: string, seenAt: number): Promise<void> {
  await tx.run(
    sql`UPDATE person_session SET seen_at = ${seenAt} WHERE corp = ${tx.corp} AND id = ${id}`,
    KEEPS_REVISION,
  )
}

/** Which sessions of a person are ended: one, all but one, or all. */
export type Ended = { readonly only: string } | { readonly allBut: string } | 'all'

/** Ends sessions of a person; answers how many. */
export function endSessions(tx: WriteTx, userId: string, ended: Ended): Promise<number> {
  const which =
    ended === 'all' ? empty : 'only' in ended ? sql`AND id = ${ended.only}` : sql`AND id <> ${ended.allBut}`
  return tx.run(sql`DELETE FROM person_session WHERE corp = ${tx.corp} AND user_id = ${userId} ${which}`)
}

/**
 * Ends the sessions of everyone who is not active staff any more, so that they do not come back with the person. Of who has left
 * nothing stays by which to sign in, and no role: the ID may be given to somebody else.
 */
export async function endSessionsOfLeft(tx: WriteTx): Promise<void> {
  const staff = (userId: Sql, statuses: Sql) =>
    sql`EXISTS (SELECT 1 FROM staff s WHERE s.corp = ${tx.corp} AND s.user_id = ${userId} AND s.status IN (${statuses}))`
  await tx.run(
    sql`DELETE FROM person_session AS i WHERE i.corp = ${tx.corp} AND NOT ${staff(sql`i.user_id`, sql`1, 4`)}`,
    KEEPS_REVISION,
  )
  const left = sql`5`
  await tx.run(
    sql`DELETE FROM passkey AS k WHERE k.corp = ${tx.corp} AND ${staff(sql`k.user_id`, left)}`,
    KEEPS_REVISION,
  )
  await tx.run(
    sql`DELETE FROM person_department AS d WHERE d.corp = ${tx.corp} AND ${staff(sql`d.user_id`, left)}`,
    KEEPS_REVISION,
  )
  await tx.run(
    sql`UPDATE person AS p SET role = 1, password = NULL, invitation = NULL, invitation_until = NULL
        WHERE p.corp = ${tx.corp} AND ${staff(sql`p.user_id`, left)}`,
    KEEPS_REVISION,
  )
}

/** Removes sessions of a person that have ended by themselves, and the oldest of more than `most`. */
export async function dropOldSessions(tx: WriteTx, userId: string, now: number, most: number): Promise<void> {
  await tx.run(
    sql`DELETE FROM person_session WHERE corp = ${tx.corp} AND user_id = ${userId}
          AND created_at <= ${now - SESSION_MS}`,
    KEEPS_REVISION,
  )
  await tx.run(
    sql`DELETE FROM person_session WHERE corp = ${tx.corp} AND user_id = ${userId}
          AND seen_at <= ${now - UNUSED_SESSION_MS}`,
    KEEPS_REVISION,
  )
  for (const { id } of (await sessionsOf(tx, userId)).slice(most)) await endSessions(tx, userId, { only: id })
}
