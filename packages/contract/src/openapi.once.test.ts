import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import * as contract from './index.ts'
import { ERRORS, OPERATIONS, type Operation, openapiDocument } from './index.ts'

test('openapi.json is what the operations table says (npm run openapi writes it)', () => {
  const kept = readFileSync(new URL('../openapi.json', import.meta.url), 'utf8')
  assert.equal(kept, `${JSON.stringify(openapiDocument(), null, 2)}\n`)
})

test('it is a valid OpenAPI 3.1 document', async () => {
  const validator = new Validator()
  const result = await validator.validate(openapiDocument())
  assert.deepEqual(result.errors ?? [], [])
  assert.equal(validator.version, '3.1')
})

test('every operation, every field of a request and every description is in both languages', () => {
  for (const [name, operation] of Object.entries(OPERATIONS) as [string, Operation][]) {
    assert.ok(operation.zh && operation.en, name)
    for (const [field, schema] of Object.entries((operation.body ?? operation.query)?.properties ?? {})) {
      assert.ok('description' in schema, `${name} ${field}`)
    }
    for (const schema of [operation.body ?? operation.query, operation.data]) {
      JSON.stringify(schema, (key, value) => {
        const isText = typeof value?.description === 'string' || value?.['x-description-en'] !== undefined
        assert.ok(!isText || (value.description && value['x-description-en']), `${name} ${key}`)
        return value
      })
    }
  }
})

test('every status of an error has examples of its own errors, and records have names', () => {
  const { paths, components } = JSON.parse(JSON.stringify(openapiDocument()))
  for (const [path, operations] of Object.entries<Record<string, { responses: object }>>(paths)) {
    for (const { responses } of Object.values(operations)) {
      for (const [status, { content }] of Object.entries(responses)) {
        for (const { $ref } of Object.values<{ $ref: string }>(content['application/json'].examples)) {
          const { code } = components.examples[$ref.split('/').at(-1) as string].value
          const row = Object.values(ERRORS).find((error) => error.code === code)
          assert.equal(String(row?.status), status, path)
        }
      }
    }
  }
  const { FollowRecordPage, FollowListBody } = components.schemas
  assert.deepEqual(FollowRecordPage.properties.records.items, { $ref: '#/components/schemas/FollowRecord' })
  assert.deepEqual(FollowListBody.properties.id_list.items, { $ref: '#/components/schemas/Int64Input' })
  assert.doesNotMatch(JSON.stringify(components.schemas), /"default":/)
})

test('an operation says who may call it, and takes what they are known by', () => {
  const { paths } = JSON.parse(JSON.stringify(openapiDocument()))
  for (const { path, method, callers, keyed, secret } of Object.values(OPERATIONS) as Operation[]) {
    const { security, parameters = [], ...operation } = paths[path][method.toLowerCase()]
    const schemes = security.flatMap(Object.keys)
    assert.deepEqual(operation['x-callers'], callers, path)
    assert.equal(schemes.includes('access_token'), callers.includes('app'), path)
    assert.equal(schemes.includes('session'), callers.includes('admin'), path)
    const takesKey = parameters.some(({ name }: { name: string }) => name === 'Idempotency-Key')
    assert.equal(takesKey, keyed === true, path)
    assert.ok(!(keyed && secret), path)
  }
})

test('error codes are unique, sub codes have five characters, statuses are those of C4', () => {
  const rows = Object.values(ERRORS)
  assert.equal(new Set(rows.map(({ code }) => code)).size, rows.length)
  for (const { code, subCode, status } of rows) {
    assert.ok(code > 0)
    assert.match(subCode, /^[ABC]\d{4}$/)
    // 400 is for what cannot be parsed as HTTP.
    assert.ok([200, 400, 404, 413, 415, 500, 503].includes(status))
  }
})

test('the public surface', () => {
  assert.deepEqual(Object.keys(contract).sort(), [
    'BATCH_ROWS',
    'BUILTIN_FOLLOW_TYPES',
    'BUNDLE_LINES',
    'BUNDLE_LINE_BYTES',
    'BUNDLE_RECORD_BYTES',
    'CALLER_NAMES',
    'CUSTOM_FIELD_TYPES',
    'DIRECTORY_DEPARTMENTS',
    'DIRECTORY_MEMBERSHIPS',
    'ERRORS',
    'FollowCreateBody',
    'HISTORY_ENTRIES',
    'INVITATION_HOURS',
    'OPERATIONS',
    'PASSWORD_LENGTH',
    'RECONCILE_DAYS',
    'ROLES',
    'TARGET_ID_KEYS',
    'TARGET_TYPES',
    'TOMBSTONE_DAYS',
    'openapiDocument',
  ])
})
