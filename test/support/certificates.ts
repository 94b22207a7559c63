import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { TestOptions } from 'node:test'
import { connect } from 'node:tls'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0

/** Options of tests that make certificates. */
export const WITH_OPENSSL: TestOptions = {
  skip: hasOpenssl ? false : 'openssl is not on this machine: no certificates',
}

export interface Pair {
  readonly cert: string
  readonly key: string
}

/** Makes a certificate of this name with its key, in a folder. */
export function certificate(folder: string, name: string): Pair {
  const pair = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) }
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'],
    ...['-keyout', pair.key, '-out', pair.cert],
  ])
  assert.equal(made.status, 0, String(made.stderr))
  return pair
}

export function tlsArgs({ cert, key }: Pair): string[] {
  return ['--tls-cert', cert, '--tls-key', key]
}

/** Replaces both files of a pair, as a renewal does. */
export function renew(pair: Pair, by: Pair): void {
  for (const part of ['cert', 'key'] as const) {
    cpSync(by[part], `${pair[part]}.new`)
    renameSync(`${pair[part]}.new`, pair[part])
  }
}

/** The name on the certificate that a new connection is shown. */
export async function shownName(url: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false })
  try {
    await once(socket, 'secureConnect')
    return String(socket.getPeerCertificate().subject.CN)
  } finally {
    socket.destroy()
  }
}
