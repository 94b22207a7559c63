import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { characterCount, isLongerThan } from './index.ts'

test('characters are Unicode code points, surrogates that stand alone included', () => {
  for (const [text, count] of [
    ['', 0],
    ['跟进', 2],
    ['😀', 1],
    ['a😀b', 3],
    ['👨‍👩‍👧', 5],
    ['\ud83d', 1],
    ['\ud83d\ud83d\ude00', 2],
    ['\ude00\ud83d', 2],
  ] as const) {
    assert.equal(characterCount(text), count, JSON.stringify(text))
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, most) => {
      assert.equal(characterCount(text), [...text].length)
      assert.equal(isLongerThan(text, most), [...text].length > most)
    }),
  )
})

test('a text of 4 MiB is counted in one pass, which takes a few milliseconds', () => {
  const text = '😀'.repeat(1024 * 1024)
  const begun = performance.now()
  assert.equal(characterCount(text), 1024 * 1024)
  assert.ok(performance.now() - begun < 2000)
})
