import assert from 'node:assert/strict'
import { test } from 'node:test'
import { columns, shown, terminalWidth } from './columns.ts'

test('Chinese characters, full-width signs and emoji take two places, accents and joiners none', () => {
  for (const [text, width] of [
    ['', 0],
    ['abc', 3],
    ['王小明', 6],
    ['（只读）', 8],
    ['한글かな', 8],
    ['𠮷', 2],
    ['😀', 2],
    ['e\u0301', 1],
    ['—', 1],
  ] as const) {
    assert.equal(terminalWidth(text), width, text)
  }
})

test('columns are as wide as their widest cell, the end of a row is not filled, and missing cells are empty', () => {
  const rows = [
    ['a', '王小明', 'x'],
    ['bcd', 'Bo', ''],
    ['ef', '李'],
  ]
  assert.equal(columns(rows), 'a    王小明  x\nbcd  Bo\nef   李\n')
  assert.equal(columns([]), '')
})

test('what would control a terminal is shown as a sign, wherever it stands', () => {
  assert.equal(shown('a\u001b[31mb\nc\u009b\u202e\u2028'), 'a\ufffd[31mb\ufffdc\ufffd\ufffd\ufffd')
  assert.equal(columns([['a\nb', 'c']]), 'a\ufffdb  c\n')
})
