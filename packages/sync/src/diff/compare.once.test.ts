import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareAnswers } from './compare.ts'
import { findingsOf } from './findings.ts'
import type { DiffRequest } from './request.ts'

const LIST: DiffRequest = { operation: 'followList', params: {} }
const TOKEN: DiffRequest = { operation: 'accessToken', params: {} }

function ok(data: string, rest = '"code":0,"msg":"请求成功","sub_code":"00000"'): string {
  return `{${rest},"data":${data}}`
}

function page(...records: string[]): string {
  return ok(`{"total":${records.length},"records":[${records}]}`)
}

const REFUSED = '{"code":40000,"msg":"page_size","data":null,"sub_code":"A0400"}'

/** `kind path`, and how many more. */
function found(a: string, b: string, request = LIST): string[] {
  const differences = compareAnswers(request, { status: 200, text: a }, { status: 200, text: b })
  return findingsOf(differences, (text) => text).map(
    ({ kind, path, more }) => `${kind} ${path}${more > 0 ? ` +${more}` : ''}`,
  )
}

const cases: readonly [name: string, a: string, b: string, expected: readonly string[]][] = [
  ['equal', page('{"id":1}'), page('{"id":1}'), []],
  [
    'another order of keys',
    '{"code":0,"msg":"","data":{"a":1,"b":2}}',
    '{"data":{"b":2,"a":1},"msg":"","code":0}',
    [],
  ],
  ['white space', page('{"id":1,"x":[1,2]}'), page(' { "id" : 1 , "x" : [ 1 , 2 ] } '), []],
  ['a missing key', page('{"id":1,"x":{"y":1}}'), page('{"id":1,"x":{}}'), ['key records[0].x.y']],
  ['a key more', page('{"id":1}'), page('{"id":1,"x":null}'), ['key records[0].x']],
  ['null and absent', page('{"id":1,"x":null}'), page('{"id":1,"x":""}'), ['type records[0].x']],
  ['a number as text', page('{"id":1}'), page('{"id":"1"}'), ['type records[0].id']],
  ['1 and 1.0', page('{"id":1,"x":1}'), page('{"id":1,"x":1.0}'), ['number records[0].x']],
  ['a number', page('{"id":1,"x":1}'), page('{"id":1,"x":2}'), ['value records[0].x']],
  [
    'a rounded id',
    page('{"id":1538877699425540097,"x":1}'),
    page('{"id":1538877699425540096,"x":2}'),
    ['number records[0].id', 'value records[0].x'],
  ],
  [
    'neighbouring ids below 2^53',
    page('{"id":9007199254740990}'),
    page('{"id":9007199254740991}'),
    ['ids records'],
  ],
  [
    'order',
    page('{"id":1}', '{"id":2}', '{"id":3}'),
    page('{"id":2}', '{"id":1}', '{"id":3}'),
    ['order records'],
  ],
  [
    'order and a value',
    page('{"id":1,"x":1}', '{"id":2,"x":2}'),
    page('{"id":2,"x":2}', '{"id":1,"x":9}'),
    ['order records', 'value records[0].x'],
  ],
  ['other records', page('{"id":1}', '{"id":2}'), page('{"id":1}', '{"id":3}'), ['ids records']],
  [
    'one record less',
    page('{"id":1}', '{"id":2}'),
    page('{"id":2}'),
    ['total total', 'count records', 'ids records'],
  ],
  ['a record twice', page('{"id":1}', '{"id":1}'), page('{"id":1}', '{"id":2}'), ['ids records']],
  ['total', ok('{"total":5,"records":[]}'), ok('{"total":6,"records":[]}'), ['total total']],
  ['total as text', ok('{"total":5,"records":[]}'), ok('{"total":"5","records":[]}'), ['type total']],
  [
    'the same in all records, told once',
    page('{"id":1,"x":1}', '{"id":2,"x":1}', '{"id":3,"x":1}'),
    page('{"id":1}', '{"id":2}', '{"id":3}'),
    ['key records[0].x +2'],
  ],
  ['a longer list', page('{"id":1,"x":[1]}'), page('{"id":1,"x":[1,2]}'), ['count records[0].x']],
  ['an entry of a list', page('{"id":1,"x":[1,2]}'), page('{"id":1,"x":[1,3]}'), ['value records[0].x[1]']],
  [
    'a key with dots',
    page('{"id":1,"m":{"a.b":1}}'),
    page('{"id":1,"m":{"a.b":2}}'),
    ['value records[0].m["a.b"]'],
  ],
  ['msg', ok('null'), ok('null', '"code":0,"msg":"ok","sub_code":"00000"'), ['value msg']],
  ['no sub_code', ok('null'), ok('null', '"code":0,"msg":"请求成功"'), ['key sub_code']],
  ['code as text', ok('null'), ok('null', '"code":"0","msg":"请求成功","sub_code":"00000"'), ['type code']],
  ['no records', ok('{"total":0,"records":[]}'), ok('{"total":0,"records":null}'), ['type data.records']],
  ['refused by one side', REFUSED, ok('{"total":0,"records":[]}'), ['refused ']],
  ['refused by both, for whatever reason', REFUSED, '{"code":7,"msg":"x","data":null}', []],
  ['refused with a code as text', REFUSED, '{"code":"7","msg":"x"}', ['type code']],
  ['codes of tokens', '{"code":10001,"msg":""}', REFUSED, ['token code']],
  ['codes of tokens, equal', '{"code":10001,"msg":"a"}', '{"code":10001,"msg":"b"}', []],
  ['no JSON', ok('null'), '<html>', ['answer ']],
  ['JSON that is no answer', ok('null'), '{"error":1}', ['answer ']],
  ['no JSON on either side', '<html>', '', []],
]

for (const [name, a, b, expected] of cases) {
  test(`compared: ${name}`, () => {
    assert.deepEqual(found(a, b), expected)
    assert.equal(found(b, a).length, expected.length, 'either way round')
  })
}

test('compared: of a token only the types, and no token is told', () => {
  const a = ok('{"access_token":"secretA","expires_in":7200,"create_at":1}')
  assert.deepEqual(found(a, ok('{"access_token":"secretB","expires_in":7100,"create_at":2}'), TOKEN), [])
  const b = ok('{"access_token":"secretB","expires_in":"7200"}')
  const differences = compareAnswers(TOKEN, { status: 200, text: a }, { status: 200, text: b })
  assert.deepEqual(
    differences.map(({ kind, path }) => `${kind} ${path}`),
    ['type data.expires_in', 'key data.create_at'],
  )
  assert.doesNotMatch(JSON.stringify(differences), /secret/)
})

test('compared: the HTTP status of an answer with data', () => {
  const text = ok('null')
  assert.deepEqual(compareAnswers(LIST, { status: 200, text }, { status: 201, text }), [
    { kind: 'status', path: '', a: 200, b: 201 },
  ])
  assert.deepEqual(compareAnswers(LIST, { status: 200, text: REFUSED }, { status: 400, text: REFUSED }), [])
})

test('values are told as they stood, cut, and without secrets', () => {
  const long = 'x'.repeat(190) + 'secret'.repeat(3)
  const redact = (text: string) => text.replaceAll('secretsecretsecret', '***')
  const differences = compareAnswers(
    LIST,
    { status: 200, text: page(`{"id":1538877699425540097,"x":1.50,"y":"${long}"}`) },
    { status: 200, text: page('{"id":1538877699425540097,"x":1.5}') },
  )
  const [number, key] = findingsOf(differences, redact)
  assert.deepEqual([number?.a, number?.b], ['1.50', '1.5'])
  assert.equal(key?.a, `"${'x'.repeat(190)}***"`)
  assert.equal(key?.b, undefined)
  const [cut] = findingsOf([{ kind: 'value', path: '', a: 'y'.repeat(500), b: '' }], redact)
  assert.equal(cut?.a?.length, 200)
})
