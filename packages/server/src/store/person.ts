import type { Role } from 'genjin-contract'
import sql, { type Sql } from 'sql-template-tag'
import { timeOf } from './app.ts'
import { endSessions } from './person-session.ts'
import { type Insertion, KEEPS_REVISION, type ReadTx, type Row, type WriteTx } from './port.ts'

/** A staff member who may sign in. Times in ms. */
export interface Person {
  readonly userId: string
  readonly role: Role
  /** The departments that a manager leads. */
  readonly departmentIds: readonly bigint[]
  readonly createdAt: number
  readonly disabledAt: number | null
  /** The password's hash. */
  readonly password: string | null
  /** Hash of the open invitation, and until when it is good. */
  readonly invitation: string | null
  readonly invitationUntil: number | null
  readonly language: string | null
  readonly appearance: string | null
  /** Of the staff member; null when there is none any more. */
  readonly name: string | null
  readonly staffStatus: number | null
}

const ROLE_NUMBERS: Readonly<Record<Role, number>> = { staff: 1, manager: 2, admin: 3 }
const ROLE_OF: readonly (Role | undefined)[] = [undefined, 'staff', 'manager', 'admin']

const COLUMNS = sql`p.user_id, p.role, p.created_at, p.disabled_at, p.password, p.invitation, p.invitation_until,
  p.language, p.appearance, s.name, s.status`
const FROM = sql`FROM person p LEFT JOIN staff s ON s.corp = p.corp AND s.user_id = p.user_id`

export async function findPerson(tx: ReadTx, userId: string): Promise<Person | undefined> {
  const [person] = await people(tx, sql`AND p.user_id = ${userId}`)
  return person
}

/** People by user_id, from `offset`. */
export function personPage(tx: ReadTx, limit: number, offset: number): Promise<Person[]> {
  return people(tx, sql`ORDER BY p.user_id LIMIT ${limit} OFFSET ${offset}`)
}

/** Those of these people that exist. */
export function peopleById(tx: ReadTx, userIds: readonly string[]): Promise<Person[]> {
  return people(tx, sql`AND ${tx.dialect.isOneOf(sql`p.user_id`, userIds)}`)
}

/** @param rest further conditions, and the order */
async function people(tx: ReadTx, rest: Sql): Promise<Person[]> {
  const rows = await tx.all(sql`SELECT ${COLUMNS} ${FROM} WHERE p.corp = ${tx.corp} ${rest}`)
  const departments = await departmentsOf(
    tx,
    rows.map((row) => row[0] as string),
  )
  return rows.map((row) => personOf(row, departments.get(row[0] as string) ?? []))
}

function personOf(row: Row, departmentIds: readonly bigint[]): Person {
  return {
    userId: row[0] as string,
    role: roleOf(row[1]),
    departmentIds,
    createdAt: Number(row[2]),
    disabledAt: timeOf(row[3]),
    password: row[4] as string | null,
    invitation: row[5] as string | null,
    invitationUntil: timeOf(row[6]),
    language: row[7] as string | null,
    appearance: row[8] as string | null,
    name: row[9] as string | null,
    staffStatus: timeOf(row[10]),
  }
}

function roleOf(value: Row[number] | undefined): Role {
  const role = ROLE_OF[Number(value)]
  if (!role) throw new Error(`a person with role ${value}`)
  return role
}

async function departmentsOf(tx: ReadTx, userIds: readonly string[]): Promise<Map<string, bigint[]>> {
  if (userIds.length === 0) return new Map()
  // By name of the table: PostgreSQL takes the bare name for the text that is selected.
  const rows = await tx.all(
    sql`SELECT d.user_id, CAST(d.department_id AS TEXT) FROM person_department d
        WHERE d.corp = ${tx.corp} AND ${tx.dialect.isOneOf(sql`d.user_id`, userIds)}
        ORDER BY d.user_id, d.department_id`,
  )
  const byUser = new Map<string, bigint[]>()
  for (const [userId, id] of rows as [string, string][]) {
    byUser.set(userId, [...(byUser.get(userId) ?? []), BigInt(id)])
  }
  return byUser
}

/** Adds a person, or changes role and departments of one. */
export async function savePerson(
  tx: WriteTx,
  { userId, role, departmentIds }: Pick<Person, 'userId' | 'role' | 'departmentIds'>,
  now: number,
): Promise<void> {
  const number = ROLE_NUMBERS[role]
  await tx.run(
    sql`INSERT INTO person (corp, user_id, role, created_at) VALUES (${tx.corp}, ${userId}, ${number}, ${now})
        ON CONFLICT (corp, user_id) DO UPDATE SET role = excluded.role`,
  )
  await tx.run(sql`DELETE FROM person_department WHERE corp = ${tx.corp} AND user_id = ${userId}`)
  await tx.insert(
    DEPARTMENTS,
    [...new Set(departmentIds)].map((id) => [userId, id]),
  )
}

const DEPARTMENTS: Insertion = {
  table: 'person_department',
  columns: { user_id: 'text', department_id: 'integer' },
}

/** Signs a person out for good: an invitation lets them in again, and nothing that somebody else may have. */
export async function disablePerson(tx: WriteTx, { userId, disabledAt }: Person, now: number): Promise<void> {
  await updatePerson(tx, userId, {
    disabledAt: disabledAt ?? now,
    invitation: null,
    invitationUntil: null,
    password: null,
  })
  await removePasskeys(tx, userId)
  await endSessions(tx, userId, 'all')
}

/**
 * Adds or replaces a person as a bundle has them, without anything secret: who is new needs an invitation. Whose role changes
 * signs in again. Answers the person as they were and as they are, where something changed.
 */
export async function restorePerson(
  tx: WriteTx,
  person: Pick<Person, 'userId' | 'role' | 'departmentIds'> & { readonly isDisabled: boolean },
  now: number,
): Promise<{ before: Person | undefined; after: Person } | undefined> {
  const { userId, role, isDisabled } = person
  const departmentIds = [...new Set(person.departmentIds)]
  const before = await findPerson(tx, userId)
  const isSame =
    before?.role === role &&
    (before.disabledAt !== null) === isDisabled &&
    before.departmentIds.length === departmentIds.length &&
    departmentIds.every((id) => before.departmentIds.includes(id))
  if (isSame) return undefined
  await savePerson(tx, { userId, role, departmentIds }, now)
  await updatePerson(tx, userId, { disabledAt: null })
  await endSessions(tx, userId, 'all')
  const saved = (await findPerson(tx, userId)) as Person
  if (!isDisabled) return { before, after: saved }
  await disablePerson(tx, { ...saved, disabledAt: before?.disabledAt ?? null }, now)
  return { before, after: (await findPerson(tx, userId)) as Person }
}

/** Changes some columns of a person. */
export async function updatePerson(
  tx: WriteTx,
  userId: string,
  changed: Partial<
    Pick<Person, 'disabledAt' | 'password' | 'invitation' | 'invitationUntil' | 'language' | 'appearance'>
  >,
): Promise<void> {
  const set = (column: Sql, value: string | number | null | undefined) =>
    value === undefined
      ? undefined
      : tx.run(sql`UPDATE person SET ${column} = ${value} WHERE corp = ${tx.corp} AND user_id = ${userId}`)
  await set(sql`disabled_at`, changed.disabledAt)
  await set(sql`password`, changed.password)
  await set(sql`invitation`, changed.invitation)
  await set(sql`invitation_until`, changed.invitationUntil)
  await set(sql`language`, changed.language)
  await set(sql`appearance`, changed.appearance)
}

/** A passkey, as WebAuthn gives it, in base64url. */
export interface Passkey {
  readonly id: string
  readonly userId: string
  readonly name: string
  readonly publicKey: string
  readonly signCount: number
  readonly transports: readonly string[]
  readonly createdAt: number
  readonly usedAt: number | null
}

/** The passkeys of a person, oldest first. */
export function passkeysOf(tx: ReadTx, userId: string): Promise<Passkey[]> {
  return passkeys(tx, sql`AND k.user_id = ${userId} ORDER BY k.created_at, k.id`)
}

/** How many passkeys these people have; who has none is not among them. */
export async function passkeyCounts(tx: ReadTx, userIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await tx.all(
    sql`SELECT user_id, count(*) FROM passkey
        WHERE corp = ${tx.corp} AND ${tx.dialect.isOneOf(sql`user_id`, userIds)} GROUP BY user_id`,
  )
  return new Map(rows.map(([userId, count]) => [userId as string, Number(count)]))
}

export async function findPasskey(tx: ReadTx, id: string): Promise<Passkey | undefined> {
  const [passkey] = await passkeys(tx, sql`AND k.id = ${id}`)
  return passkey
}

async function passkeys(tx: ReadTx, rest: Sql): Promise<Passkey[]> {
  const rows = await tx.all(
    sql`SELECT k.id, k.user_id, k.name, k.public_key, k.sign_count, k.transports, k.created_at, k.used_at
        FROM passkey k WHERE k.corp = ${tx.corp} ${rest}`,
  )
  return rows.map((row) => ({
    id: row[0] as string,
    userId: row[1] as string,
    name: row[2] as string,
    publicKey: row[3] as string,
    signCount: Number(row[4]),
    transports: (row[5] as string).split(',').filter(Boolean),
    createdAt: Number(row[6]),
    usedAt: timeOf(row[7]),
  }))
}

/** Adds a passkey. Throws StoreError `unique` when it is there already. */
export async function insertPasskey(tx: WriteTx, passkey: Omit<Passkey, 'usedAt'>): Promise<void> {
  const { id, userId, name, publicKey, signCount, transports, createdAt } = passkey
  await tx.run(
    sql`INSERT INTO passkey (corp, id, user_id, name, public_key, sign_count, transports, created_at)
        VALUES (${tx.corp}, ${id}, ${userId}, ${name}, ${publicKey}, ${signCount}, ${transports.join()}, ${createdAt})`,
  )
}

export async function notePasskeyUse(
  tx: WriteTx,
  id: string,
  signCount: number,
  usedAt: number,
): Promise<void> {
  await tx.run(
    sql`UPDATE passkey SET sign_count = ${signCount}, used_at = ${usedAt} WHERE corp = ${tx.corp} AND id = ${id}`,
    KEEPS_REVISION,
  )
}

/** Removes a passkey, or with no id all of the person. */
export async function removePasskeys(tx: WriteTx, userId: string, id?: string): Promise<void> {
  const one = id === undefined ? sql`` : sql`AND id = ${id}`
  await tx.run(sql`DELETE FROM passkey WHERE corp = ${tx.corp} AND user_id = ${userId} ${one}`)
}
