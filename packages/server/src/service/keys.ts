import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

/**
 * Derived from the one key, which is kept outside the database (T4): a leaked database holds no usable secret or token.
 */
export interface Keys {
  /** What the database stores of a secret. */
  secretHash(appid: string, secret: string): string
  /** The secret of the demo company's app, the same at every start without being stored. */
  demoSecret(appid: string): string
  /** The end of a token: proof that number `issue` was issued to this app. */
  tokenProof(appid: string, issue: number): string
  /** The end of a cursor: proof that it is a position in this feed. */
  cursorProof(feed: string, place: string): string
  /** The end of a challenge: proof that this server gave it out for this purpose. */
  challengeProof(purpose: string, challenge: string): string
  /** Identifies the key without revealing anything else about it. */
  readonly fingerprint: string
}

export function createKeys(master: Uint8Array): Keys {
  const key = (purpose: string) => Buffer.from(hkdfSync('sha256', master, '', `genjin ${purpose}`, 32))
  const secretKey = key('secret')
  const demoKey = key('demo')
  const tokenKey = key('token')
  const cursorKey = key('cursor')
  const challengeKey = key('challenge')
  return {
    secretHash: (appid, secret) => hmac(secretKey, `${appid}:${secret}`),
    demoSecret: (appid) => hmac(demoKey, appid),
    tokenProof: (appid, issue) => hmac(tokenKey, `${appid}:${issue}`),
    cursorProof: (feed, place) => hmac(cursorKey, `${feed}:${place}`).slice(0, 16),
    challengeProof: (purpose, challenge) => hmac(challengeKey, `${purpose}:${challenge}`),
    fingerprint: hmac(key('fingerprint'), '').slice(0, 16),
  }
}

function hmac(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}

/** Compares in constant time. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
