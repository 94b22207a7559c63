import { ServiceError, StoreError } from '../../errors.ts'
import { findPasskey, insertPasskey, notePasskeyUse, type Passkey, passkeysOf } from '../../store/person.ts'
import type { WriteTx } from '../../store/port.ts'
import type { Context } from '../context.ts'
import { createChallenge, readChallenge, useUp } from './challenge.ts'
import { readInvitation, requireInvited } from './invitation.ts'
import { beginSession, type Origin, requireMaySignIn } from './person-session.ts'
import { accept, type SignedIn } from './sign-in.ts'

/** Loaded by the first passkey: it takes 0.3 s. */
const webauthn = () => import('@simplewebauthn/server')

/** A page that asks for a passkey: `https://genjin.example.com`. Its host is what passkeys are bound to. */
export interface Page {
  readonly origin: string
}

/** A browser's result in WebAuthn's JSON form. Checked by the library. */
export type PasskeyResponse = Readonly<Record<string, unknown>>

export interface PasskeyOptions {
  readonly options: Record<string, unknown>
  readonly challenge: string
}

/** Passkeys of one person. */
const MOST_PASSKEYS = 20

/** What the browser needs to make a passkey for a person. */
export async function beginPasskey(
  context: Context,
  page: Page,
  person: { readonly corp: number; readonly userId: string; readonly name: string },
  purpose: string,
  known: readonly Passkey[],
): Promise<PasskeyOptions> {
  const { challenge, token } = createChallenge(context, purpose)
  const { generateRegistrationOptions } = await webauthn()
  const options = await generateRegistrationOptions({
    rpName: 'genjin',
    rpID: new URL(page.origin).hostname,
    userName: person.userId,
    userDisplayName: person.name,
    userID: new Uint8Array(Buffer.from(handleOf(person.corp, person.userId))),
    challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
    attestationType: 'none',
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    excludeCredentials: known.map(({ id }) => ({ id })),
  })
  return { options: { ...options }, challenge: token }
}

/** Names the person for the authenticator: at most 64 bytes, so that long IDs are not named but found by the passkey. */
function handleOf(corp: number, userId: string): string {
  const handle = `${corp.toString(36)} ${userId}`
  return Buffer.byteLength(handle) <= 64 ? handle : corp.toString(36)
}

/** What a browser has made or signed, with the challenge for it. */
interface Given {
  readonly challenge: string
  readonly response: PasskeyResponse
}

/** A passkey that is what its browser says, for a challenge that is good once. */
export interface MadePasskey extends Pick<Passkey, 'id' | 'publicKey' | 'signCount' | 'transports'> {
  readonly challenge: string
}

/** Checks a passkey that the browser has made, outside any transaction: others write meanwhile. Throws signInFailed. */
export async function checkPasskey(
  context: Context,
  page: Page,
  purpose: string,
  given: Given,
): Promise<MadePasskey> {
  const challenge = readChallenge(context, purpose, given.challenge)
  const { verifyRegistrationResponse } = await webauthn()
  const { registrationInfo } = await verifyRegistrationResponse({
    response: given.response as never,
    expectedChallenge: challenge,
    expectedOrigin: page.origin,
    expectedRPID: new URL(page.origin).hostname,
  }).catch((error) => {
    throw refused(error)
  })
  if (!registrationInfo) throw refused()
  const { id, publicKey, counter: signCount, transports } = registrationInfo.credential
  return {
    challenge,
    id,
    publicKey: Buffer.from(publicKey).toString('base64url'),
    signCount,
    transports: transportsOf(transports),
  }
}

/** Those that WebAuthn names: the browser's own words, which nothing has checked. */
function transportsOf(given: unknown): string[] {
  const known = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb']
  return Array.isArray(given) ? known.filter((name) => given.includes(name)) : []
}

/** Keeps a passkey. Throws signInFailed when its challenge has been used, and conflict when there are too many. */
export async function keepPasskey(
  context: Context,
  tx: WriteTx,
  userId: string,
  name: string,
  { challenge, ...made }: MadePasskey,
): Promise<Passkey> {
  await useUp(context, tx, challenge)
  if ((await passkeysOf(tx, userId)).length >= MOST_PASSKEYS) {
    throw new ServiceError('conflict', `通行密钥最多 ${MOST_PASSKEYS} 个：请先移除不用的`)
  }
  const passkey = { ...made, userId, name, createdAt: context.now() }
  try {
    await insertPasskey(tx, passkey)
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== 'unique') throw error
    throw new ServiceError('conflict', '这个通行密钥已经登记过：可以直接用它登录', { cause: error })
  }
  return { ...passkey, usedAt: null }
}

/** What the browser needs to sign in with a passkey that it has. */
export async function beginPasskeySignIn(context: Context, page: Page): Promise<PasskeyOptions> {
  const { challenge, token } = createChallenge(context, 'sign-in')
  const { generateAuthenticationOptions } = await webauthn()
  const options = await generateAuthenticationOptions({
    rpID: new URL(page.origin).hostname,
    challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
    userVerification: 'required',
  })
  return { options: { ...options }, challenge: token }
}

/** Signs in with a passkey. Throws signInFailed. */
export async function signInWithPasskey(
  context: Context,
  page: Page,
  given: Given,
  origin: Origin,
): Promise<SignedIn> {
  const challenge = readChallenge(context, 'sign-in', given.challenge)
  const { id, corp } = namedBy(given.response)
  const known = await context.store.read(corp, (tx) => findPasskey(tx, id))
  if (!known) throw refused()
  const { verifyAuthenticationResponse } = await webauthn()
  // Outside the transaction: what is not signed right takes no turn from those who write.
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: given.response as never,
    expectedChallenge: challenge,
    expectedOrigin: page.origin,
    expectedRPID: new URL(page.origin).hostname,
    credential: {
      id,
      publicKey: new Uint8Array(Buffer.from(known.publicKey, 'base64url')),
      counter: known.signCount,
    },
  }).catch((error) => {
    throw refused(error)
  })
  if (!verified) throw refused()
  return context.store.transact(corp, async (tx) => {
    await useUp(context, tx, challenge)
    const { userId, publicKey, signCount } = (await findPasskey(tx, id)) ?? {}
    // Removed in the meantime, or signed at the same time by a copy of it.
    if (userId === undefined || publicKey !== known.publicKey || signCount !== known.signCount)
      throw refused()
    await requireMaySignIn(tx, userId)
    await notePasskeyUse(tx, id, authenticationInfo.newCounter, context.now())
    return { userId, cookie: await beginSession(context, tx, userId, 'passkey', origin) }
  })
}

/** The passkey and the company that a response names. */
function namedBy({ id, response }: PasskeyResponse): { id: string; corp: number } {
  const { userHandle } = (response ?? {}) as { userHandle?: unknown }
  if (typeof id !== 'string' || typeof userHandle !== 'string') throw refused()
  const [corp] = /^[0-9a-z]{1,8}(?= |$)/.exec(Buffer.from(userHandle, 'base64url').toString()) ?? []
  if (corp === undefined) throw refused()
  return { id, corp: Number.parseInt(corp, 36) }
}

/** What the browser needs to accept an invitation with a passkey. */
export async function beginInvitedPasskey(
  context: Context,
  page: Page,
  token: string,
): Promise<PasskeyOptions> {
  const { corp } = readInvitation(token)
  const { userId, name } = await context.store.read(corp, (tx) => requireInvited(context, tx, token))
  return beginPasskey(context, page, { corp, userId, name: name ?? userId }, purposeOf(token), [])
}

/** Accepts an invitation with a passkey. Throws signInFailed. */
export async function acceptWithPasskey(
  context: Context,
  page: Page,
  given: Given & { readonly invitation: string; readonly name: string },
  origin: Origin,
): Promise<SignedIn> {
  const { corp } = readInvitation(given.invitation)
  await context.store.read(corp, (tx) => requireInvited(context, tx, given.invitation))
  const made = await checkPasskey(context, page, purposeOf(given.invitation), given)
  return context.store.transact(corp, async (tx) => {
    const { userId } = await accept(context, tx, given.invitation)
    await keepPasskey(context, tx, userId, given.name, made)
    return { userId, cookie: await beginSession(context, tx, userId, 'passkey', origin) }
  })
}

function purposeOf(invitation: string): string {
  return `invitation ${invitation}`
}

function refused(cause?: unknown): ServiceError {
  return new ServiceError('signInFailed', '通行密钥没有通过验证：请重试，或用其他方式登录', { cause })
}
