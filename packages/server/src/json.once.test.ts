import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { toJson } from 'genjin-record'
import { JsonError, parseJson } from './json.ts'

const parse = (text: string) => parseJson(Buffer.from(text))

test('what the plain JSON.parse reads exactly is read alike', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (text) => {
      assert.equal(toJson(parse(text)), JSON.stringify(JSON.parse(text)))
    }),
  )
})

test('any number keeps its text', () => {
  const numbers = fc.oneof(
    fc.bigInt().map(String),
    fc.tuple(fc.bigInt(), fc.nat()).map(([whole, part]) => `${whole}.${part}`),
    fc
      .tuple(fc.nat(), fc.integer({ min: -400, max: 400 }))
      .map(([mantissa, exponent]) => `${mantissa}e${exponent}`),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  )
  fc.assert(
    fc.property(fc.array(numbers, { maxLength: 5 }), fc.string(), (list, key) => {
      const text = `{${JSON.stringify(key)}:[${list.join(',')}]}`
      // -0 and 1E5 are the only texts that numbers can also be written as.
      assert.equal(toJson(parse(text)), text)
    }),
    { numRuns: 1000, examples: [[['1917041098315968300', '9007199254740993', '0.10', '1.0'], 'a']] },
  )
})

test('a body of very many values is refused before it is parsed', () => {
  const list = (entries: number) => Buffer.from(`[${'1,'.repeat(entries)}1]`)
  assert.throws(() => parseJson(list(2_000_001), 10_000_000), { kind: 'limit', message: /2000000/ })
  assert.equal((parseJson(list(2_000_000), 10_000_000) as unknown[]).length, 2_000_001)
})

test('the limits are exact: 32 levels, 1,000 entries', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
  assert.deepEqual(parse(nested(32)), JSON.parse(nested(32)))
  assert.throws(() => parse(nested(33)), { kind: 'limit' })
  assert.throws(() => parse(`{"a":"}","b":${'{"c":'.repeat(32)}1${'}'.repeat(33)}`), JsonError)
  const list = (length: number) => `{"a":{"b":[${Array(length).fill('1').join(',')}]}}`
  assert.ok(parse(list(1000)))
  assert.throws(() => parse(list(1001)), /a\.b.*1001/)
})

test('brackets inside strings are text', () => {
  const text = JSON.stringify({ a: '[[[[{{{{"\\'.repeat(50), '[{': ['\\"', '\\\\'] })
  assert.equal(toJson(parse(text)), text)
})

test('NUL, lone surrogates and broken UTF-8 are refused, pairs and escapes are not', () => {
  const escapes = ['"\\u0000"', '"\\ud800"', '"x\\udfffx"', '{"\\ud83d":1}', '["\\ud83d\\ud83d\\ude00"]']
  for (const text of escapes) assert.throws(() => parse(text), { kind: 'text' }, text)
  assert.throws(() => parseJson(Buffer.from([0x22, 0xc3, 0x28, 0x22])), { kind: 'text' })
  assert.equal(parse('"\\ud83d\\ude00\\u0001\\\\u0000"'), '😀\u0001\\u0000')
})

test('a byte order mark is no part of the text', () => {
  assert.deepEqual(parse('\ufeff{"a":1}'), { a: 1 })
})
