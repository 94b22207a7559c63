import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import type { OperationName } from 'genjin-contract'
import { cookieOf, PersonClient, postAsPage } from '../support/people.ts'
import { startTestServer } from '../support/server.ts'

/** Responses of the operations whose examples need an authenticator, from the demo company: operation → text. */
export async function passkeyAnswers(): Promise<Map<OperationName, string>> {
  await using server = await startTestServer({ demo: true })
  const url = server.url.replace('127.0.0.1', 'localhost')
  const signedIn = await postAsPage(server.url, '/sign-in/demo', { role: 'admin' })
  const person = new PersonClient(server.url, cookieOf(signedIn) as string)
  const own = { host: new URL(url).host, origin: url }
  const begun = await person.post('me/passkey/begin', {}, own)
  assert.equal(begun.envelope.code, 0, begun.text)
  const { options, challenge } = begun.envelope.data
  const response = createPasskey(options.challenge, url)
  const added = await person.post('me/passkey/add', { name: '我的手机', challenge, response }, own)
  const removed = await person.post('me/passkey/remove', { id: added.envelope.data?.id })
  return new Map([
    ['mePasskeyAdd', added.text],
    ['mePasskeyRemove', removed.text],
  ])
}

/** What an authenticator that attests nothing makes: a new P-256 key for the host of a page, in WebAuthn's JSON form. */
function createPasskey(challenge: string, origin: string): Record<string, unknown> {
  const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
    format: 'jwk',
  })
  const id = randomBytes(16)
  // CBOR: {1: 2, 3: -7, -1: 1, -2: x, -3: y}, a key of COSE.
  const key = [hex('a5010203262001215820'), base64url(x), hex('225820'), base64url(y)]
  // User present and verified, a key attached; it was used 0 times; the authenticator's model is not told.
  const state = [hex('45'), hex('00000000'), Buffer.alloc(16), hex('0010'), id]
  const data = Buffer.concat([sha256(new URL(origin).hostname), ...state, ...key])
  // CBOR: {"fmt": "none", "attStmt": {}, "authData": data}
  const head = [
    hex('a3'),
    cborText('fmt'),
    cborText('none'),
    cborText('attStmt'),
    hex('a0'),
    cborText('authData'),
  ]
  const attestation = Buffer.concat([...head, hex('58'), Buffer.from([data.length]), data])
  const client = JSON.stringify({ type: 'webauthn.create', challenge, origin, crossOrigin: false })
  return {
    id: id.toString('base64url'),
    rawId: id.toString('base64url'),
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON: Buffer.from(client).toString('base64url'),
      attestationObject: attestation.toString('base64url'),
      transports: ['internal'],
    },
  }
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}

function base64url(text: string): Buffer {
  return Buffer.from(text, 'base64url')
}

/** A text of up to 23 bytes. */
function cborText(text: string): Buffer {
  return Buffer.from([0x60 + text.length, ...Buffer.from(text)])
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
