import sql, { type Sql } from 'sql-template-tag'
import { nameKey } from './name-key.ts'
import type { Insertion, ReadTx, WriteTx } from './port.ts'

/**
 * A follow type 跟进方式. Built-in ones are the platform's: they cannot be renamed or deleted. Preset ones were created with
 * the company, and no import has brought a follow type of the same id since.
 */
export interface FollowType {
  readonly id: bigint
  readonly name: string
  readonly builtin: boolean
  readonly enabled: boolean
}

export interface CustomField {
  readonly key: string
  readonly name: string
  readonly type: string
  /** JSON text of the options, or null. */
  readonly options: string | null
  readonly required: boolean
}

export interface Target {
  readonly type: number
  readonly id: string
  readonly name: string
  readonly ownerUserId: string | null
}

/** The owners of these targets, where they have one. */
export async function ownersOf(
  tx: ReadTx,
  targets: readonly Pick<Target, 'type' | 'id'>[],
): Promise<string[]> {
  const rows = await Promise.all(
    targets.map(({ type, id }) =>
      tx.get(
        sql`SELECT owner_user_id FROM target WHERE corp = ${tx.corp} AND type = ${type} AND id = ${id}
              AND owner_user_id IS NOT NULL`,
      ),
    ),
  )
  return rows.filter((row) => row !== undefined).map(([owner]) => owner as string)
}

/** Follow types by id, from `offset`. */
export function followTypePage(tx: ReadTx, limit: number, offset: number): Promise<FollowType[]> {
  return followTypes(tx, sql`ORDER BY m.id LIMIT ${limit} OFFSET ${offset}`)
}

/** All follow types, by id. */
export function allFollowTypes(tx: ReadTx): Promise<FollowType[]> {
  return followTypes(tx, sql`ORDER BY m.id`)
}

/** The follow types that new follow-ups can have, by id. */
export function enabledFollowTypes(tx: ReadTx): Promise<FollowType[]> {
  return followTypes(tx, sql`AND m.enabled = 1 ORDER BY m.id`)
}

export async function findFollowType(tx: ReadTx, id: bigint): Promise<FollowType | undefined> {
  const [found] = await followTypes(tx, sql`AND m.id = ${id}`)
  return found
}

/**
 * Without preset follow types that nothing has changed or used. Every new company has these: leaving them out, an export
 * that is imported into another company is exported from there as the same bytes.
 */
export function ownFollowTypePage(tx: ReadTx, limit: number, offset: number): Promise<FollowType[]> {
  return followTypes(tx, sql`AND (m.preset = 0 OR ${used(tx)}) ORDER BY m.id LIMIT ${limit} OFFSET ${offset}`)
}

/** Those of these follow types that exist and are not preset. */
export function importedFollowTypesById(tx: ReadTx, ids: readonly bigint[]): Promise<FollowType[]> {
  return followTypes(tx, sql`AND m.preset = 0 AND ${tx.dialect.isOneOf(sql`m.id`, ids)}`)
}

/** @param rest further conditions on follow type `m`, and the order */
async function followTypes(tx: ReadTx, rest: Sql): Promise<FollowType[]> {
  const rows = await tx.all(
    sql`SELECT CAST(m.id AS TEXT), m.name, m.builtin, m.enabled FROM follow_type m WHERE m.corp = ${tx.corp} ${rest}`,
  )
  return rows.map(([id, name, builtin, enabled]) => ({
    id: BigInt(id as string),
    name: name as string,
    builtin: Number(builtin) === 1,
    enabled: Number(enabled) === 1,
  }))
}

/** Whether a follow-up, or an earlier version of one, uses follow type `m`. */
function used(tx: ReadTx): Sql {
  return sql`(EXISTS (SELECT 1 FROM follow f
      WHERE f.corp = ${tx.corp} AND f.system IN (0, 1) AND f.follow_type = m.id)
    OR EXISTS (SELECT 1 FROM follow_version v WHERE v.corp = ${tx.corp} AND v.follow_type = m.id))`
}

/** Whether a follow-up, or an earlier version of one, uses this follow type. */
export async function isFollowTypeUsed(tx: ReadTx, id: bigint): Promise<boolean> {
  const row = await tx.get(
    sql`SELECT 1 FROM follow_type m WHERE m.corp = ${tx.corp} AND m.id = ${id} AND ${used(tx)}`,
  )
  return row !== undefined
}

/**
 * Ids of the follow types of this name (L10). Where follow/create would take one whose name differs in width only, as none
 * that is enabled has exactly this name (N1), all of these.
 */
export async function followTypesNamed(tx: ReadTx, name: string): Promise<bigint[]> {
  const exact = await followTypes(tx, sql`AND m.name = ${name} ORDER BY m.id`)
  const found = exact.some(({ enabled }) => enabled) ? exact : ofSameName(await allFollowTypes(tx), name)
  return found.map(({ id }) => id)
}

function ofSameName(types: readonly FollowType[], name: string): FollowType[] {
  const key = nameKey(name)
  return types.filter((type) => nameKey(type.name) === key)
}

/** Names of follow types by id; unknown ids are left out. */
export async function followTypeNames(tx: ReadTx, ids: readonly bigint[]): Promise<Map<bigint, string>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.all(
    sql`SELECT CAST(m.id AS TEXT), m.name FROM follow_type m
        WHERE m.corp = ${tx.corp} AND ${tx.dialect.isOneOf(sql`m.id`, ids)}`,
  )
  return new Map(rows.map(([id, name]) => [BigInt(id as string), name as string]))
}

/** Adds a follow type. Throws StoreError `unique` when the id is taken. */
export async function insertFollowType(tx: WriteTx, type: FollowType): Promise<void> {
  await tx.run(insertion(tx, type, false))
}

/** Removes a follow type that nothing uses. */
export async function deleteFollowType(tx: WriteTx, id: bigint): Promise<void> {
  await tx.run(sql`DELETE FROM follow_type WHERE corp = ${tx.corp} AND id = ${id}`)
}

export async function upsertFollowType(tx: WriteTx, type: FollowType, preset: boolean): Promise<void> {
  await tx.run(
    sql`${insertion(tx, type, preset)} ON CONFLICT (corp, id) DO UPDATE SET
          name = excluded.name, builtin = excluded.builtin, enabled = excluded.enabled, preset = excluded.preset`,
  )
}

function insertion(tx: WriteTx, { id, name, builtin, enabled }: FollowType, preset: boolean): Sql {
  return sql`INSERT INTO follow_type (corp, id, name, builtin, enabled, preset)
    VALUES (${tx.corp}, ${id}, ${name}, ${builtin ? 1 : 0}, ${enabled ? 1 : 0}, ${preset ? 1 : 0})`
}

/** Removes the preset follow type of this name unless a follow-up uses it, for an imported one. Answers whether it did. */
export async function removeUnusedPreset(tx: WriteTx, name: string, except: bigint): Promise<boolean> {
  const presets = await followTypes(tx, sql`AND m.preset = 1 AND m.id <> ${except}`)
  const ids = ofSameName(presets, name).map(({ id }) => id)
  if (ids.length === 0) return false
  const changed = await tx.run(
    sql`DELETE FROM follow_type AS m
        WHERE m.corp = ${tx.corp} AND ${tx.dialect.isOneOf(sql`m.id`, ids)} AND NOT ${used(tx)}`,
  )
  return changed > 0
}

/** Custom field definitions by key. */
export function customFieldPage(tx: ReadTx, limit: number, offset: number): Promise<CustomField[]> {
  return customFields(tx, sql`ORDER BY key LIMIT ${limit} OFFSET ${offset}`)
}

/** All custom fields, by key. */
export function allCustomFields(tx: ReadTx): Promise<CustomField[]> {
  return customFields(tx, sql`ORDER BY key`)
}

/** Those of these custom fields that exist. */
export function customFieldsByKey(tx: ReadTx, keys: readonly string[]): Promise<CustomField[]> {
  return customFields(tx, sql`AND ${tx.dialect.isOneOf(sql`key`, keys)}`)
}

/** @param rest further conditions, and the order */
async function customFields(tx: ReadTx, rest: Sql): Promise<CustomField[]> {
  const rows = await tx.all(
    sql`SELECT key, name, type, options, required FROM custom_field WHERE corp = ${tx.corp} ${rest}`,
  )
  return rows.map(([key, name, type, options, required]) => ({
    key: key as string,
    name: name as string,
    type: type as string,
    options: options as string | null,
    required: Number(required) === 1,
  }))
}

export async function upsertCustomField(tx: WriteTx, field: CustomField): Promise<void> {
  await tx.run(
    sql`INSERT INTO custom_field (corp, key, name, type, options, required)
        VALUES (${tx.corp}, ${field.key}, ${field.name}, ${field.type}, ${field.options}, ${field.required ? 1 : 0})
        ON CONFLICT (corp, key) DO UPDATE SET
          name = excluded.name, type = excluded.type, options = excluded.options, required = excluded.required`,
  )
}

export async function deleteCustomField(tx: WriteTx, key: string): Promise<void> {
  await tx.run(sql`DELETE FROM custom_field WHERE corp = ${tx.corp} AND key = ${key}`)
}

/** Targets in the order of type and id, after `after`. */
export function targetsAfter(
  tx: ReadTx,
  { type, id }: Pick<Target, 'type' | 'id'>,
  limit: number,
): Promise<Target[]> {
  return targets(tx, sql`(type, id) > (${type}, ${id}) ORDER BY type, id LIMIT ${limit}`)
}

/** Targets of one type, by their ids; unknown ids are left out. */
export function targetsById(tx: ReadTx, type: number, ids: readonly string[]): Promise<Target[]> {
  return targets(tx, sql`type = ${type} AND ${tx.dialect.isOneOf(sql`id`, ids)}`)
}

async function targets(tx: ReadTx, condition: Sql): Promise<Target[]> {
  const rows = await tx.all(
    sql`SELECT type, id, name, owner_user_id FROM target WHERE corp = ${tx.corp} AND ${condition}`,
  )
  return rows.map(([type, id, name, ownerUserId]) => ({
    type: Number(type),
    id: id as string,
    name: name as string,
    ownerUserId: ownerUserId as string | null,
  }))
}

/** Names of targets of one type, by id; unknown ids are left out. */
export async function targetNames(
  tx: ReadTx,
  type: number,
  ids: readonly string[],
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.all(
    sql`SELECT id, name FROM target
        WHERE corp = ${tx.corp} AND type = ${type} AND ${tx.dialect.isOneOf(sql`id`, ids)}`,
  )
  return new Map(rows as [string, string][])
}

/** Adds or replaces targets. None may be given twice. */
export async function upsertTargets(tx: WriteTx, written: readonly Target[]): Promise<void> {
  await tx.insert(
    TARGETS,
    written.map(({ type, id, name, ownerUserId }) => [type, id, name, ownerUserId]),
  )
}

const TARGETS: Insertion = {
  table: 'target',
  columns: { type: 'integer', id: 'text', name: 'text', owner_user_id: 'text' },
  conflict: `ON CONFLICT (corp, type, id) DO UPDATE SET
    name = excluded.name, owner_user_id = excluded.owner_user_id`,
}
