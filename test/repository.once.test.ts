import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as client from 'genjin-client'
import * as record from 'genjin-record'
import * as server from 'genjin-server'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
// Tracked and new files alike, so that the rules hold before a commit too. Outside a checkout there is nothing to rule.
const FILES = existsSync(join(ROOT, '.git'))
  ? execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
      .split('\n')
      .filter((file) => file && existsSync(join(ROOT, file)))
  : []

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

/** The room of a source file. */
function room(file: string): string {
  const [, name = ''] = /^packages\/([^/]+)\/src\//.exec(file) ?? []
  if (name !== 'server') return name
  const inside = file.slice('packages/server/src/'.length)
  if (['cleanup.ts', 'errors.ts', 'json.ts', 'log.ts'].includes(inside)) return 'server/base'
  return inside.includes('/') ? `server/${inside.split('/')[0]}` : 'server'
}

/** From → the rooms and packages that its files may import; `server` is where all of it is put together. */
const MAY_IMPORT: Record<string, RegExp> = {
  contract: /^(typebox|contract)$/,
  record: /^record$/,
  client: /^(genjin-record|client)$/,
  cli: /^(genjin-client|genjin-contract|genjin-server(\/(serve|workers?))?|pg|yazl|cli)$/,
  server: /^(genjin-contract|fastify|server|server\/(base|http|service|store|demo))$/,
  'server/base': /^(genjin-contract|genjin-record|pino|server)$/,
  'server/http': /^(genjin-contract|fastify|@fastify\/swagger-ui|prom-client|server\/(base|http|service))$/,
  'server/service': /^(genjin-contract|genjin-record|lru-cache|typebox|server\/(base|service|store))$/,
  'server/store': /^(pg|sql-template-tag|server\/(base|store))$/,
  'server/demo': /^(genjin-contract|server\/(service|store|demo))$/,
}

/** These run in browsers, which have no module of Node; a type import is gone by then. */
const IN_BROWSERS = ['record', 'client']

const IMPORT = /(?:\b(import type)\b[^']*?)?\bfrom '([^']+)'|\bimport\('([^']+)'\)/g

test('imports go one way: contract <- http -> service -> store', () => {
  const sources = FILES.filter(
    (file) => /^packages\/.*\/src\/.*\.ts$/.test(file) && !/\.test\.ts$|-suite\.ts$/.test(file),
  )
  assert.ok(FILES.length === 0 || sources.length > 50)
  for (const file of sources) {
    const allowed = MAY_IMPORT[room(file)]
    assert.ok(allowed, `${file} is in no known room`)
    for (const [, type, from, dynamic] of read(file).matchAll(IMPORT)) {
      const specifier = from ?? dynamic ?? ''
      if (specifier.startsWith('node:') && (type || !IN_BROWSERS.includes(room(file)))) continue
      const target = specifier.startsWith('.') ? room(normalize(join(dirname(file), specifier))) : specifier
      assert.match(target, allowed, `${file} imports ${specifier}`)
    }
  }
})

test('only core.ts opens an engine, only env.ts reads the environment', () => {
  for (const file of FILES.filter(
    (name) => /^packages\/server\/src\/.*\.ts$/.test(name) && !name.includes('.test.'),
  )) {
    if (!file.endsWith('/core.ts'))
      assert.doesNotMatch(read(file), /(from|import\()\s*'.*\/(sqlite|postgres)\.ts'/, file)
    if (!file.endsWith('/env.ts')) assert.doesNotMatch(read(file), /process\.env/, file)
  }
})

test('services and store throw no HTTP, SQL stands in the store only', () => {
  for (const file of FILES.filter((name) => /^packages\/server\/src\/(http|service)\/.*\.ts$/.test(name))) {
    assert.doesNotMatch(read(file), /\bsql`|SELECT .* FROM|INSERT INTO/, file)
  }
})

test('what is published has no DisposableStack, which Node 22 lacks (tools/package/tsconfig.json leaves out the rest)', () => {
  for (const file of FILES.filter((name) => /^packages\/.*\/src\/(?!.*\.test\.).*\.ts$/.test(name))) {
    assert.doesNotMatch(read(file), /new (Async)?DisposableStack\b/, file)
  }
})

test('versions are exact', () => {
  for (const file of FILES.filter((name) => /(^|\/)package\.json$/.test(name))) {
    const manifest = JSON.parse(read(file))
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']) {
      for (const [name, version] of Object.entries(manifest[kind] ?? {})) {
        assert.match(version as string, /^\d+\.\d+\.\d+[\w.-]*$/, `${file}: ${name}`)
      }
    }
  }
})

test('no dependency that is needed to run has an install script', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { dev?: boolean; hasInstallScript?: boolean; resolved?: string }>
  }
  for (const [name, { dev, hasInstallScript, resolved }] of Object.entries(packages)) {
    assert.ok(dev || !hasInstallScript, `${name} has an install script`)
    assert.ok(!resolved?.startsWith('http'), `${name}: the lockfile names no registry`)
  }
})

test('no file names a machine path or a registry host', () => {
  // Written apart, so that this file does not find itself.
  const forbidden = new RegExp(
    ['/wo' + 'rk/', '/ro' + 'ot/', '/ho' + 'me/', 'registry\\.np' + 'mjs', 'npm' + 'mirror'].join('|'),
  )
  for (const file of FILES.filter((name) => !/\.(png|ico|svg)$/.test(name))) {
    assert.doesNotMatch(read(file), forbidden, file)
  }
})

test('every migration has a number of its own, without gaps, and is in a pair', () => {
  const names = FILES.filter((file) => file.includes('/migrations/') && file.endsWith('.sqlite.sql')).sort()
  for (const [index, name] of names.entries()) {
    assert.match(name, new RegExp(`/${String(index + 1).padStart(3, '0')}-[a-z-]+\\.sqlite\\.sql$`))
  }
  const others = FILES.filter((file) => file.endsWith('.postgres.sql')).sort()
  assert.deepEqual(
    others,
    names.map((name) => name.replace('.sqlite.', '.postgres.')),
  )
})

test("record's public surface", () => {
  assert.deepEqual(Object.keys(record).sort(), [
    'Checksum',
    'LAST_DAY',
    'LAST_MS',
    'LOCATION_KEYS',
    'REMIND_KEYS',
    'TARGET_KEYS',
    'Zone',
    'addDays',
    'bareInteger',
    'digestChecksum',
    'exactText',
    'isDay',
    'isEmpty',
    'isRawNumber',
    'isTimeZone',
    'joinNames',
    'joinObjects',
    'lineChecksum',
    'momentWall',
    'nextDay',
    'numberText',
    'optionName',
    'parseExact',
    'parseExactPage',
    'rawNumber',
    'readField',
    'recordHead',
    'recordLine',
    'recordRest',
    'recordTail',
    'toJson',
    'utcDay',
    'wallText',
    'wholeRecordKeys',
    'wholeRecordLine',
    'zoneOf',
  ])
})

test("the server's public surface", () => {
  assert.deepEqual(Object.keys(server).sort(), [
    'DEFAULT_DATABASE',
    'DEMO_SHAPE',
    'ServiceError',
    'StoreError',
    'WAY_OUT',
    'addApp',
    'addCorp',
    'demoLines',
    'disableApp',
    'ensureDemo',
    'exportBundle',
    'findCorpById',
    'importBundle',
    'isClean',
    'keepPullState',
    'localFetch',
    'moveCompany',
    'openCore',
    'readConfig',
    'readEnv',
    'readPullState',
    'reindex',
    'requireCorp',
    'requireSourceCorp',
    'resetFeeds',
    'revokeToken',
    'verify',
  ])
})

test("the client's public surface", () => {
  assert.deepEqual(Object.keys(client).sort(), [
    'AnswerError',
    'ApiError',
    'ChangeFeed',
    'Checksum',
    'DEFAULT_RETRY',
    'ERROR_CODES',
    'GenjinClient',
    'GenjinError',
    'Listing',
    'NetworkError',
    'TimeoutError',
    'isRawNumber',
    'lineChecksum',
    'parseExact',
    'recordLine',
    'toJson',
    'wholeRecordLine',
  ])
})
