import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePostgresAddress, postgresOptions, postgresPlace } from './postgres-address.ts'

/** The `ssl` that the driver gets for an address with these parameters; files are read as their names. */
function sslOf(parameters: string, defaultMode?: string): unknown {
  const address = parsePostgresAddress(`postgres://u@h/d?${parameters}`, defaultMode)
  const { ssl } = postgresOptions(address, (path) => `text of ${path}`)
  return typeof ssl === 'object' && 'checkServerIdentity' in ssl
    ? { ...ssl, checkServerIdentity: 'none' }
    : ssl
}

test('the parts of an address, escaped or not, and what it leaves out', () => {
  const parts = (text: string) => {
    const { host, port, user, password, database } = parsePostgresAddress(text)
    return [host, port, user, password, database]
  }
  assert.deepEqual(parts('postgres://u:p@h:1/d'), ['h', 1, 'u', 'p', 'd'])
  const escaped = 'postgresql://%E5%BC%A0:p%23%2F%3F%40%25%3A@h/sales100%25%2Fa'
  assert.deepEqual(parts(escaped), ['h', undefined, '张', 'p#/?@%:', 'sales100%/a'])
  // A colon and an at sign in a password are read as they are meant.
  assert.deepEqual(parts('postgres://u:a:b@c@h/d'), ['h', undefined, 'u', 'a:b@c', 'd'])
  assert.deepEqual(parts('postgres://[::1]:5/d'), ['::1', 5, undefined, undefined, 'd'])
  assert.deepEqual(parts('postgres://h'), ['h', undefined, undefined, undefined, undefined])
  const byParameters = 'postgres:///d?host=/run/postgresql&port=7&user=u&password=p'
  assert.deepEqual(parts(byParameters), ['/run/postgresql', 7, 'u', 'p', 'd'])
  assert.equal(postgresPlace(parsePostgresAddress('postgres://u:p@h:1/d%25')), 'h:1/d%')
  assert.equal(postgresPlace(parsePostgresAddress('postgres://u:p@h/d')), 'h:5432/d')
  const { settings } = parsePostgresAddress('postgres://h/d?options=-c%20a%3Db&uselibpqcompat=true')
  assert.deepEqual(settings, { options: '-c a=b' })
})

test('what is not escaped is refused, and no message holds a piece of it', () => {
  for (const secret of [
    '12#hush',
    '12/hush',
    '12?hush',
    'hu/sh@hush',
    'hush%',
    'hush%zz',
    'hush%ff',
    '99999/hush',
    '[/hush',
  ]) {
    for (const text of [
      `postgres://user:${secret}@host/d`,
      `postgres://user:${secret}@host:5432/d?sslmode=require`,
    ]) {
      assert.throws(
        () => parsePostgresAddress(text),
        ({ message }: Error) =>
          /须写作 .* %23 .* \/ write postgres:/.test(message) && !/hush|12|user:9/.test(message),
        text,
      )
    }
  }
  for (const text of [
    'postgres://h/sales100%',
    'postgres://h:0/d',
    'postgres://h/d?port=x',
    'postgres://h/d#x',
  ]) {
    assert.throws(() => parsePostgresAddress(text), /须写作/, text)
  }
})

test('parameters are read as PostgreSQL does: a plus sign is one, dbname is the database, others are refused', () => {
  const address = parsePostgresAddress('postgres://h/a?user=a+b&password=c+d%20e&dbname=x%2By')
  assert.deepEqual([address.user, address.password, address.database], ['a+b', 'c+d e', 'x+y'])
  const neon = 'postgres://h/d?sslmode=require&channel_binding=require&connect_timeout=10'
  assert.deepEqual(parsePostgresAddress(neon).settings, {})
  for (const parameter of ['sslmod=require', 'database=hush', 'connectionString=postgres://hush', 'hush']) {
    assert.throws(
      () => parsePostgresAddress(`postgres://h/d?${parameter}`),
      ({ message }: Error) =>
        /有不认识的参数.*sslmode.*an unknown parameter/.test(message) && !/hush/.test(message),
      parameter,
    )
  }
})

test('a socket of this machine is not encrypted, whatever sslmode says', () => {
  for (const text of [
    'postgres:///d?host=/run/postgresql&sslmode=require',
    'postgres://%2Frun%2Fpostgresql/d',
  ]) {
    assert.equal(parsePostgresAddress(text, 'verify-full').tls, undefined, text)
  }
  assert.throws(() => parsePostgresAddress('postgres:///d?host=/run&sslmode=prefer'), /不支持 prefer/)
})

test('sslmode means what it means to the programs of PostgreSQL', () => {
  assert.equal(sslOf('sslmode=disable'), false)
  assert.equal(sslOf(''), false)
  assert.deepEqual(sslOf('sslmode=require'), { rejectUnauthorized: false })
  const signer = { rejectUnauthorized: true, checkServerIdentity: 'none', ca: 'text of ca.pem' }
  assert.deepEqual(sslOf('sslmode=require&sslrootcert=ca.pem'), signer)
  assert.deepEqual(sslOf('sslmode=verify-ca&sslrootcert=ca.pem'), signer)
  assert.deepEqual(sslOf('sslmode=verify-full'), { rejectUnauthorized: true })
  const full = { rejectUnauthorized: true, ca: 'text of ca.pem' }
  assert.deepEqual(sslOf('sslmode=verify-full&sslrootcert=ca.pem'), full)
  assert.deepEqual(sslOf('sslmode=verify-full&sslrootcert=system'), { rejectUnauthorized: true })
  assert.deepEqual(sslOf('sslmode=require&sslcert=c.pem&sslkey=k.pem'), {
    rejectUnauthorized: false,
    cert: 'text of c.pem',
    key: 'text of k.pem',
  })
  assert.deepEqual(sslOf('ssl=true'), { rejectUnauthorized: true })
  // PGSSLMODE counts for addresses that say nothing.
  assert.deepEqual(sslOf('', 'require'), { rejectUnauthorized: false })
  assert.equal(sslOf('sslmode=disable', 'require'), false)
})

test('what cannot be honoured is refused in a sentence', () => {
  const refusals: readonly [string, RegExp][] = [
    ['sslmode=prefer', /不支持 prefer 与 allow.*fall back/],
    ['sslmode=allow', /不支持 prefer 与 allow/],
    ['sslmode=hush', /^(?!.*hush).*sslmode 须为 disable/],
    ['sslmode=verify-ca', /sslrootcert=文件.*needs the CA certificate/],
    ['sslmode=require&sslrootcert=system', /只能与 sslmode=verify-full/],
    ['sslnegotiation=direct', /sslnegotiation=direct 须与 sslmode=require/],
  ]
  for (const [parameters, message] of refusals) {
    assert.throws(() => sslOf(parameters), message, parameters)
  }
  assert.throws(() => sslOf('', 'prefer'), /不支持 prefer/)
})
