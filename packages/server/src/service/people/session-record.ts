import type { DataOf } from 'genjin-contract'
import { SESSION_MS, type StoredSession } from '../../store/person-session.ts'
import type { Session } from '../session.ts'

/** A session as it is told: named by a part of its hash, which opens nothing. */
export function sessionRecord(
  stored: StoredSession,
  session: Session,
): DataOf<'personSessionList'>['sessions'][number] {
  return {
    id: sessionIdOf(stored),
    way: stored.way,
    created_at: stored.createdAt,
    seen_at: stored.seenAt,
    expires_at: stored.createdAt + SESSION_MS,
    address: stored.address,
    agent: stored.agent,
    current: session.kind === 'person' && session.id === stored.id,
  }
}

export function sessionIdOf({ id }: Pick<StoredSession, 'id'>): string {
  return id.slice(0, 16)
}
