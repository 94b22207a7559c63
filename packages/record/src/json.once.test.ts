import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isRawNumber, parseExact, parseExactPage } from './json.ts'

/** What both have to answer, in the way that is plain and slow. */
function model(text: string): unknown {
  return (JSON.parse as Reviving)(text, (_key, value, { source }) => {
    if (typeof value !== 'number' || source === undefined) return value
    const exact = String(value) === source && Math.abs(value) <= Number.MAX_SAFE_INTEGER
    return exact ? value : (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(source)
  })
}
type Reviving = (
  text: string,
  reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
) => unknown

/** Parses it in each way: the same value, or refused by all. */
function sameInEachWay(text: string): void {
  const expected = outcome(model, text)
  for (const parse of [parseExact, parseExactPage]) {
    const got = outcome(parse, text)
    assert.deepEqual(got, expected, text)
    // Numbers as they were written, keys in their order.
    assert.equal(JSON.stringify(got), JSON.stringify(expected), text)
  }
}

function outcome(parse: (text: string) => unknown, text: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    assert.ok(error instanceof SyntaxError)
    return SyntaxError
  }
}

const digits = (most: number) => fc.stringMatching(new RegExp(`^(0|[1-9][0-9]{0,${most}})$`))
const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom(
    '0',
    '-0',
    '0.0',
    '1.0',
    '1e400',
    '5e-7',
    '1E2',
    '-1e+21',
    '9007199254740991',
    '9007199254740993',
  ),
  fc
    .tuple(
      fc.constantFrom('', '-'),
      digits(25),
      fc.constantFrom('', '.0', '.50', '.125', 'e5', 'E-3', '.1e+2'),
    )
    .map((parts) => parts.join('')),
)
/** What has a meaning in JSON. */
const SIGNS = [...'"\\{}[],:-']

/** With these, and with escapes of each kind. */
const string = fc
  .array(
    fc.oneof(
      fc.constantFrom(...SIGNS, '\0', '\0\0', '#', '1', '跟进', '\ud800', '\n', ' '),
      fc.string({ unit: 'binary', maxLength: 4 }),
      digits(20),
    ),
    { maxLength: 6 },
  )
  .map((parts) => JSON.stringify(parts.join('')))
const space = fc.constantFrom('', '', '', ' ', '\n\t')
/** Without NUL: JSON.parse itself makes other keys of `{"\\u0000":1,"\\u0000":2,"a":3}`. */
const key = fc.oneof(
  string.filter((text) => !text.includes('\\u0000')),
  fc.constantFrom('"__proto__"', '"id"', '"2"', '"1"', '"constructor"', '"#0"'),
)

/** Texts of JSON: deep enough for records, with keys that come twice. */
const { text } = fc.letrec<{ text: string }>((tie) => {
  const inner = fc.tuple(space, tie('text'), space).map((parts) => parts.join(''))
  return {
    text: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      number,
      string,
      fc.constantFrom(
        'true',
        'false',
        'null',
        '["\\u0000#0"]',
        '["\\u00001"]',
        '["\\u0000\\u0000#1"]',
        '{}',
        '[]',
      ),
      fc.array(inner, { maxLength: 5 }).map((all) => `[${all.join(',')}]`),
      fc
        .array(fc.tuple(space, key, space, inner), { maxLength: 5 })
        .map(
          (all) =>
            `{${all.map(([before, name, after, value]) => `${before}${name}${after}:${value}`).join(',')}}`,
        ),
    ),
  }
})
const page = fc
  .array(text, { maxLength: 4 })
  .map(
    (records) =>
      `{"code":0,"data":{"total":${records.length},"records":[${records.join(',')}]},"sub_code":"00000"}`,
  )

test('whatever the text, numbers are exact and the rest is what JSON.parse makes', () => {
  fc.assert(fc.property(fc.oneof(text, page), sameInEachWay), { numRuns: 3000 })
})

test('what is not JSON is refused, wherever it is broken', () => {
  const broken = fc
    .tuple(
      fc.oneof(text, page),
      fc.nat(),
      fc.constantFrom(0, 1),
      fc.constantFrom(...SIGNS, '', '0', '1.0', '.', 'e', '\0', '1234567890123456789'),
    )
    .map(([whole, seed, gone, more]) => {
      const at = seed % (whole.length + 1)
      return whole.slice(0, at) + more + whole.slice(at + gone)
    })
  fc.assert(fc.property(broken, sameInEachWay), { numRuns: 3000 })
})

test('what could be taken for a mark, a key of __proto__ and a piece in a piece are as they were', () => {
  for (const text of [
    '["\\u00001",1.0]',
    '[["\\u0000#0"],["\\u0000\\u00001.0"],1.0,"\\\\u0000"]',
    '{"__proto__":9007199254740993,"a":{"__proto__":{"b":1.0}}}',
    '{"data":{"records":[{"id":9007199254740993,"field_map":{"order":[{"id":1.10},{"id":2}]}},{"id":1},null,1.0]}}',
    '{"data":{"records":[{"id":1}],"records":[{"id":1.0}]}}',
    '9007199254740993',
    '{9007199254740993:1}',
    '{"data":{"records":[{{"id":1}:1}]}}',
    '{"a":-,"a":1}',
    '{"data":{"records":[{"id":-,"id":7}]}}',
    '{"a":[1.0,-],"a":1}',
    '01.0',
    '-',
    '',
  ]) {
    sameInEachWay(text)
  }
  // Each mark is new: the text cannot hold it.
  const taken = '\\u0000'.repeat(5000)
  const long = `{"data":{"records":[${`{"content":"${taken}","a":[${'1.0,'.repeat(99)}1.0]},`.repeat(99)}0]}}`
  const started = process.cpuUsage()
  sameInEachWay(long)
  // Time on the processor: a busy machine is no failure.
  assert.ok(process.cpuUsage(started).user < 1_000_000)
  const { id, none } = parseExact('{"id":-0,"none":[]}') as { id: unknown; none: unknown }
  assert.ok(isRawNumber(id) && id.rawJSON === '-0')
  assert.deepEqual(none, [])
})
