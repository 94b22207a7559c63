import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as client from 'genjin-client'
import * as record from 'genjin-record'
import * as server from 'genjin-server'
import { FILES, read } from './support/repository.ts'

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
    'PostgresAddressError',
    'Zone',
    'addDays',
    'bareInteger',
    'characterCount',
    'digestChecksum',
    'encodingOf',
    'exactText',
    'fileText',
    'isDay',
    'isEmpty',
    'isLongerThan',
    'isPostgresAddress',
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
    'parsePostgresAddress',
    'postgresOptions',
    'postgresPlace',
    'rawNumber',
    'readField',
    'recordHead',
    'recordLine',
    'recordRest',
    'recordTail',
    'toJson',
    'utcDay',
    'wallText',
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
    'addApp',
    'addCorp',
    'byCommand',
    'changeRole',
    'corpOfApp',
    'demoLines',
    'disableApp',
    'disablePerson',
    'endSessionsOf',
    'ensureDemo',
    'exportBundle',
    'findCorpById',
    'importBundle',
    'invitePerson',
    'isClean',
    'keepPullState',
    'listApps',
    'listPeople',
    'localFetch',
    'moveCorp',
    'namesOfTargets',
    'openCore',
    'readConfig',
    'readEnv',
    'readPullState',
    'reindex',
    'renameAppTo',
    'requireCorp',
    'requireSourceCorp',
    'resetFeeds',
    'revokeToken',
    'rotateSecret',
    'sessionsOfPerson',
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
