import { type DataOf, OPERATIONS, type OperationName } from 'genjin-contract'
import { parseExact, toJson } from 'genjin-record'
import { type Actor, auditPage, countAuditEntries, insertAuditEntries } from '../store/audit.ts'
import type { Person } from '../store/person.ts'
import type { WriteTx } from '../store/port.ts'
import type { Call, Context } from './context.ts'
import { type JsonText, jsonText } from './json-text.ts'
import { pageBounds, RecordPage } from './page.ts'
import type { AppSession, CommandSession, PersonSession } from './session.ts'

/** What a thing was, or is now, by the names of its fields. Nothing secret. */
export type Fields = Readonly<Record<string, unknown>>

/** Who changes something: a session, or a person who is signing in. */
type Author =
  | Pick<AppSession, 'kind' | 'appid'>
  | Pick<PersonSession, 'kind' | 'userId'>
  | Pick<CommandSession, 'kind'>

/** What is changed by no operation of the contract, as the audit trail names it. */
const OTHERS = {
  acceptInvitation: 'invitation/accept',
  firstSignIn: 'sign-in/first',
  importPerson: 'import/person',
  revokeTokens: 'app/token/revoke',
} as const

/** What an entry tells of a person. */
export function personFields({
  role,
  departmentIds,
  disabledAt,
}: Pick<Person, 'role' | 'departmentIds' | 'disabledAt'>): Fields {
  return { role, department_ids: departmentIds, disabled: disabledAt !== null }
}

/** Longest text of an entry's changes: of what is longer only the fields are told. */
const CHANGES_LENGTH = 64 * 1024

/**
 * Notes what was changed outside follow-ups, in the transaction that changes it: who, when, from, to.
 */
export function audit(
  context: Pick<Context, 'now'>,
  tx: WriteTx,
  author: Author,
  operation: OperationName | keyof typeof OTHERS,
  subject: string,
  from: Fields | undefined,
  to: Fields | undefined,
): Promise<void> {
  return auditAll(context, tx, author, operation, [{ subject, from, to }])
}

/** What was changed in one of several things. */
export interface Changed {
  readonly subject: string
  readonly from: Fields | undefined
  readonly to: Fields | undefined
}

/** The same of several things, written together. */
export async function auditAll(
  { now }: Pick<Context, 'now'>,
  tx: WriteTx,
  author: Author,
  operation: OperationName | keyof typeof OTHERS,
  changed: readonly Changed[],
): Promise<void> {
  const same = {
    at: now(),
    actor: actorOf(author),
    operation: nameOf(operation),
  }
  const entries = changed.map(({ subject, from, to }) => {
    const changes = changesText(from, to)
    // Nothing was changed.
    return changes === '[]' && from && to ? [] : [{ ...same, subject, changes }]
  })
  await insertAuditEntries(tx, entries.flat())
}

function changesText(from: Fields | undefined, to: Fields | undefined): string {
  const fields = new Set([...Object.keys(from ?? {}), ...Object.keys(to ?? {})])
  const changes = [...fields]
    .map((field) => ({ field, from: from?.[field] ?? null, to: to?.[field] ?? null }))
    .filter((one) => toJson(one.from) !== toJson(one.to))
  const text = toJson(changes)
  return text.length > CHANGES_LENGTH
    ? toJson(changes.map(({ field }) => ({ field, from: null, to: null })))
    : text
}

function nameOf(operation: OperationName | keyof typeof OTHERS): string {
  return operation in OTHERS
    ? OTHERS[operation as keyof typeof OTHERS]
    : OPERATIONS[operation as OperationName].path.replace('/openapi/', '')
}

function actorOf(author: Author): Actor {
  if (author.kind === 'app') return { kind: 'app', id: author.appid }
  return author.kind === 'person' ? { kind: 'person', id: author.userId } : { kind: 'command', id: null }
}

type AuditRecord = DataOf<'auditList'>['records'][number]

/** POST /openapi/audit/list: who changed people, apps, settings and dictionaries, newest first. */
export function auditList({ context, session, input }: Call<'auditList'>) {
  const { limit, offset } = pageBounds(input)
  const filter = { actorId: input.actor_id, subject: input.subject }
  return context.store.read(session.corp, async (tx) => {
    const total = await countAuditEntries(tx, filter)
    const entries = total > offset ? await auditPage(tx, filter, limit, offset) : []
    const records: JsonText<AuditRecord>[] = entries.map((entry) =>
      jsonText<AuditRecord>({
        id: entry.id,
        time: entry.at,
        actor: entry.actor.kind,
        actor_id: entry.actor.id,
        operation: entry.operation,
        subject: entry.subject,
        changes: parseExact(entry.changes) as AuditRecord['changes'],
      }),
    )
    return RecordPage.of(total, records)
  })
}
