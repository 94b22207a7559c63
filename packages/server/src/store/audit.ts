import sql, { empty, join, type Sql } from 'sql-template-tag'
import type { Insertion, ReadTx, WriteTx } from './port.ts'

/** Who changed something: an app, a person, or a command on the server. */
export type Actor =
  | { readonly kind: 'app' | 'person'; readonly id: string }
  | { readonly kind: 'command'; readonly id: null }

/** What was changed outside follow-ups. Time in ms. */
export interface AuditEntry {
  readonly id: bigint
  readonly at: number
  readonly actor: Actor
  readonly operation: string
  readonly subject: string
  /** JSON text of `[{field, from, to}]`. */
  readonly changes: string
}

const KINDS = ['app', 'person', 'command'] as const

/** Adds entries behind the company's newest one: its writers take turns. */
export async function insertAuditEntries(
  tx: WriteTx,
  entries: readonly Omit<AuditEntry, 'id'>[],
): Promise<void> {
  if (entries.length === 0) return
  const newest = await tx.get(sql`SELECT max(id) FROM audit_entry WHERE corp = ${tx.corp}`)
  const first = Number(newest?.[0] ?? 0) + 1
  await tx.insert(
    ENTRIES,
    entries.map(({ at, actor, operation, subject, changes }, index) => {
      const kind = KINDS.indexOf(actor.kind) + 1
      return [first + index, at, kind, actor.id, operation, subject, changes]
    }),
  )
}

const ENTRIES: Insertion = {
  table: 'audit_entry',
  columns: {
    ...({ id: 'integer', changed_at: 'integer', actor: 'integer', actor_id: 'text' } as const),
    ...({ operation: 'text', subject: 'text', changes: 'text' } as const),
  },
  keepsRevision: true,
}

export interface AuditFilter {
  readonly actorId?: string | undefined
  readonly subject?: string | undefined
}

/** How many entries match. */
export async function countAuditEntries(tx: ReadTx, filter: AuditFilter): Promise<number> {
  const row = await tx.get(sql`SELECT count(*) ${matching(tx, filter)}`)
  return Number(row?.[0])
}

/** Entries that match, newest first, from `offset`. */
export async function auditPage(
  tx: ReadTx,
  filter: AuditFilter,
  limit: number,
  offset: number,
): Promise<AuditEntry[]> {
  const rows = await tx.all(
    sql`SELECT CAST(e.id AS TEXT), e.changed_at, e.actor, e.actor_id, e.operation, e.subject, e.changes
        ${matching(tx, filter)} ORDER BY e.id DESC LIMIT ${limit} OFFSET ${offset}`,
  )
  return rows.map((row) => ({
    id: BigInt(row[0] as string),
    at: Number(row[1]),
    actor: { kind: KINDS[Number(row[2]) - 1], id: row[3] } as Actor,
    operation: row[4] as string,
    subject: row[5] as string,
    changes: row[6] as string,
  }))
}

function matching(tx: ReadTx, { actorId, subject }: AuditFilter): Sql {
  const conditions = [
    ...(actorId === undefined ? [] : [sql`e.actor_id = ${actorId}`]),
    ...(subject === undefined ? [] : [sql`e.subject = ${subject}`]),
  ]
  const rest = conditions.length > 0 ? sql`AND ${join(conditions, ' AND ')}` : empty
  return sql`FROM audit_entry e WHERE e.corp = ${tx.corp} ${rest}`
}
