import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'

/** What an authenticator that attests nothing makes: a new P-256 key for the host of a page, in WebAuthn's JSON form. */
export function createPasskey(challenge: string, origin: string): Record<string, unknown> {
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
