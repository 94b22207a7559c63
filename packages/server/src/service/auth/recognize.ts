import { StoreError } from '../../errors.ts'
import { noteAppUse } from '../../store/app.ts'
import { noteSessionUse } from '../../store/person-session.ts'
import type { ReadTx } from '../../store/port.ts'
import type { Context } from '../context.ts'
import type { RemoteSession, Session } from '../session.ts'
import { authenticateApp, requireGoodToken, SKEW_MS } from './access-token.ts'
import { authenticatePerson, hashOfSecret, requireGoodSession } from './person-session.ts'

/** What comes with a request: the token of an app, or else the cookie of a person. */
export type Presented = { readonly token: string | undefined } | { readonly cookie: string }

/** The session of what is presented. Throws tokenUnknown, tokenExpired, tokenRevoked or sessionEnded (C5). */
export async function authenticate(context: Context, presented: Presented): Promise<RemoteSession> {
  const session =
    'cookie' in presented
      ? await authenticatePerson(context, presented.cookie)
      : await authenticateApp(context, presented.token)
  noteUse(context, session)
  return session
}

/**
 * The same, as this process remembers it, otherwise from the database. Only for operations that call `confirm` in their own
 * transaction.
 */
export async function recognize(context: Context, presented: Presented): Promise<RemoteSession> {
  const known = remembered(context, presented)
  const now = context.now()
  // Not one of the future either, which began while the clock was wrong.
  if (known && now < known.expiresAt && now >= known.beganAt - SKEW_MS) {
    noteUse(context, known)
    return known
  }
  const session = await authenticate(context, presented)
  remember(context, session)
  return session
}

function remembered(context: Context, presented: Presented): RemoteSession | undefined {
  if ('cookie' in presented) return context.sessions.get(hashOfSecret(presented.cookie))
  return presented.token === undefined ? undefined : context.tokens.get(presented.token)
}

function remember(context: Context, session: RemoteSession): void {
  if (session.kind === 'person') context.sessions.set(session.id, session)
  else context.tokens.set(session.token, session)
}

/**
 * Throws as `authenticate` does unless the session is good in this transaction. That of a command, which holds the database
 * itself, always is.
 */
export async function confirm(
  context: Context,
  tx: ReadTx,
  session: Session,
  revision: string,
): Promise<void> {
  if (session.kind === 'command' || session.revision === revision) return
  if (session.kind === 'person') await requireGoodSession(context, tx, session.id)
  else await requireGoodToken(context, tx, session.appid, session.tokenIssue)
  remember(context, { ...session, revision })
}

/** How often the use of a session or of an app is noted. */
const NOTED_MS = 5 * 60 * 1000

/** Notes the use behind the request: one that cannot be noted is answered all the same. */
function noteUse(context: Context, session: RemoteSession): void {
  const now = context.now()
  const who = session.kind === 'person' ? session.id : session.appid
  // Not kept with the session, which requests that began earlier remember again as they knew it.
  const notedAt = context.noted.get(who) ?? session.notedAt
  if (Math.abs(now - notedAt) < NOTED_MS) return
  context.noted.set(who, now)
  context.store
    .transact(session.corp, (tx) =>
      session.kind === 'person' ? noteSessionUse(tx, session.id, now) : noteAppUse(tx, session.appid, now),
    )
    .catch((error) => {
      if (!(error instanceof StoreError)) throw error
    })
}
