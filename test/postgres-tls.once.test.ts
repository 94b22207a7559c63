import assert from 'node:assert/strict'
import { chmodSync, chownSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openMirror } from 'genjin-sync'
import { certificate, type Pair, WITH_OPENSSL } from './support/certificates.ts'
import { genjin } from './support/cli.ts'
import { SOURCE } from './support/mirror-suite.ts'
import { nobody, type OwnPostgres, startPostgres } from './support/postgres.ts'
import { tempFolder } from './support/temp-folder.ts'

/** A PostgreSQL that takes encrypted connections too, with a certificate that it signed itself for 127.0.0.1 only. */
let postgres: OwnPostgres
let pair: Pair
const folder = tempFolder()

before(async () => {
  if (WITH_OPENSSL.skip) return
  pair = certificate(folder.path, 'db')
  // PostgreSQL wants its key to be its own.
  chmodSync(folder.path, 0o755)
  chmodSync(pair.key, 0o600)
  if (process.getuid?.() === 0) chownSync(pair.key, nobody().uid, nobody().gid)
  postgres = await startPostgres(['ssl=on', `ssl_cert_file=${pair.cert}`, `ssl_key_file=${pair.key}`])
})
after(() => postgres?.[Symbol.asyncDispose]())

const KEY = Buffer.alloc(32, 7).toString('base64')

/** Migrates at the address with these parameters. Returns the exit code and what was on standard error. */
async function migrate(parameters: string, host = '127.0.0.1', env: NodeJS.ProcessEnv = {}) {
  const address = `${postgres.url.replace('127.0.0.1', host)}?${parameters}`
  const { code, stderr } = await genjin(['migrate', '--database', address], {
    env: { GENJIN_KEY: KEY, ...env },
  })
  return [code, stderr] as const
}

test('each sslmode connects as it does elsewhere, without a word of the driver', WITH_OPENSSL, async () => {
  const warnings: string[] = []
  const warned = (warning: Error) => warnings.push(warning.message)
  process.on('warning', warned)
  const ca = `sslrootcert=${encodeURIComponent(pair.cert)}`
  for (const parameters of [
    'sslmode=require',
    `sslmode=require&${ca}`,
    `sslmode=verify-ca&${ca}`,
    `sslmode=verify-full&${ca}`,
    'sslmode=disable',
    '',
  ]) {
    assert.deepEqual(await migrate(parameters), [0, ''], parameters)
  }
  // The certificate is for the address 127.0.0.1: its signer is verified, the name is not.
  assert.deepEqual(await migrate(`sslmode=verify-ca&${ca}`, 'localhost'), [0, ''])
  for (const [parameters, host] of [
    ['sslmode=verify-full', '127.0.0.1'],
    [`sslmode=verify-full&${ca}`, 'localhost'],
  ] as const) {
    const [code, stderr] = await migrate(parameters, host)
    assert.equal(code, 1)
    assert.match(stderr, /^genjin: 数据库无法使用：无法验证对方的证书.*sslrootcert.*\n$/)
  }
  for (const mode of ['prefer', 'allow', 'verify-ca']) {
    const [code, stderr] = await migrate(`sslmode=${mode}`)
    assert.equal(code, 1)
    assert.match(stderr, /^genjin: 数据库地址 --database 不可用：sslmode.*\n$/)
  }
  process.off('warning', warned)
  assert.deepEqual(warnings, [])
})

test(
  'the connections of the pool are encrypted, as PGSSLMODE wants where the address says nothing',
  WITH_OPENSSL,
  async () => {
    const { openPostgres } = await import('../packages/server/src/store/driver/postgres.ts')
    const isEncrypted = async (url: string, sslMode?: string) => {
      const driver = await openPostgres({ url, sslMode, connections: 1 })
      const row = await driver.read(undefined, (tx) =>
        tx.get('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()', []),
      )
      await driver.close()
      return row?.[0]
    }
    assert.equal(await isEncrypted(`${postgres.url}?sslmode=require`), true)
    assert.equal(await isEncrypted(postgres.url, 'require'), true)
    assert.equal(await isEncrypted(postgres.url), false)
    const [code, stderr] = await migrate('', '127.0.0.1', { PGSSLMODE: 'prefer' })
    assert.equal(code, 1)
    assert.match(stderr, /不支持 prefer/)
  },
)

test('a mirror understands sslmode alike, also from files with a BOM', WITH_OPENSSL, async () => {
  const file = join(folder.path, 'bom.pem')
  const { readFileSync } = await import('node:fs')
  writeFileSync(file, `\ufeff${readFileSync(pair.cert, 'utf8')}`)
  for (const parameters of ['sslmode=require', `sslmode=verify-full&sslrootcert=${file}`]) {
    await using mirror = await openMirror(`${postgres.url}?${parameters}`, SOURCE)
    assert.ok(mirror)
  }
  await assert.rejects(openMirror(`${postgres.url}?sslmode=prefer`, SOURCE), /--to cannot be used.*prefer/)
  await assert.rejects(
    openMirror(`${postgres.url}?sslmode=require&sslrootcert=${file}.none`, SOURCE),
    /证书文件 .*\.none 无法读取/,
  )
})

test(
  'an address that cannot be used is refused without a piece of its password; databases may have any name',
  WITH_OPENSSL,
  async () => {
    using place = tempFolder()
    for (const [password, host] of [
      ['12#hush', 'h'],
      ['12/hush', 'h'],
      ['12?hush', 'h'],
      ['hush%', 'h'],
      ['hu/sh@x', 'h'],
    ]) {
      const address = `postgres://user:${password}@${host}/d`
      for (const args of [
        ['migrate', '--database', address],
        ['verify', '--database', address],
        ['move', '--corp', 'x', '--from', address, '--to', address],
        ['sync', '--corp', 'x', '--to', address],
      ]) {
        const { code, stderr } = await genjin(args, { cwd: place.path })
        assert.equal(code, 1, args.join(' '))
        assert.match(stderr, /^genjin: (数据库地址|目标) --(database|from|to) 不可用.*%23.*\n$/)
        assert.doesNotMatch(stderr, /hu(sh)?|12|sh@/)
      }
      const { code, stderr } = await genjin(['verify'], {
        cwd: place.path,
        env: { GENJIN_DATABASE: postgres.url, GENJIN_READ_DATABASE: address, GENJIN_KEY: KEY },
      })
      // Only serve reads the replica.
      assert.equal(code, 0, stderr)
    }
    assert.deepEqual((await import('node:fs')).readdirSync(place.path), [])
    const pg = (await import('pg')).default
    const admin = new pg.Client({ connectionString: postgres.url })
    await admin.connect()
    for (const name of ['sales100%', 'a#b/c?d@e', '客户 一']) {
      await admin.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`)
      const address = `${postgres.url.replace(/\/postgres$/, '')}/${encodeURIComponent(name)}`
      const { code, stderr } = await genjin(['migrate', '--database', address], { env: { GENJIN_KEY: KEY } })
      assert.deepEqual([code, stderr], [0, ''], name)
    }
    await admin.end()
    const wrong = `${postgres.url.replace(/\/postgres$/, '')}/sales100%`
    const { code, stderr } = await genjin(['migrate', '--database', wrong])
    assert.equal(code, 1)
    assert.match(stderr, /^genjin: 数据库地址 --database 不可用：.*\n$/)
  },
)

test('a database that cannot be reached or used is told in one sentence', WITH_OPENSSL, async () => {
  const { port } = new URL(postgres.url)
  const cases: readonly [string, RegExp][] = [
    ['postgres://postgres@127.0.0.1:1/x', /连接被拒绝/],
    ['postgres://postgres@no-such-host.invalid/x', /找不到这个主机/],
    [`postgres://postgres@127.0.0.1:${port}/nothing`, /没有这个数据库/],
  ]
  for (const [address, message] of cases) {
    const { code, stderr } = await genjin(['migrate', '--database', address], { env: { GENJIN_KEY: KEY } })
    assert.equal(code, 1)
    assert.match(stderr, message)
    assert.match(stderr, /^genjin: 数据库无法使用：[^\n]* \/ the database cannot be used: [^\n]*\n$/)
    assert.doesNotMatch(stderr, /ECONN|ENOTFOUND|getaddrinfo/)
  }
})
