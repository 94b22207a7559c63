import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

/**
 * What is derived from the one key kept outside the database (T4). A leaked database therefore holds no usable secret
 * and no usable token.
 */
export interface Keys {
  /** What the database keeps of a secret. */
  secretHash(appid: string, secret: string): string
  /** The secret of the demo company's app, the same at every start without being stored. */
  demoSecret(appid: string): string
  /** The proof at the end of a token: that we issued number `issue` to this app. */
  tokenProof(appid: string, issue: number): string
  /** The proof at the end of a cursor of the change feed: that it is a place in this feed. */
  cursorProof(feed: string, place: string): string
  /** Tells whether a database was made with this key, and nothing else about it. */
  readonly fingerprint: string
}

export function createKeys(master: Uint8Array): Keys {
  const key = (purpose: string) => Buffer.from(hkdfSync('sha256', master, '', `genjin ${purpose}`, 32))
  const secretKey = key('secret')
  const demoKey = key('demo')
  const tokenKey = key('token')
  const cursorKey = key('cursor')
  return {
    secretHash: (appid, secret) => hmac(secretKey, `${appid}:${secret}`),
    demoSecret: (appid) => hmac(demoKey, appid),
    tokenProof: (appid, issue) => hmac(tokenKey, `${appid}:${issue}`),
    cursorProof: (feed, place) => hmac(cursorKey, `${feed}:${place}`).slice(0, 16),
    fingerprint: hmac(key('fingerprint'), '').slice(0, 16),
  }
}

function hmac(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}

/** Compares in a time that does not tell where the texts differ. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
