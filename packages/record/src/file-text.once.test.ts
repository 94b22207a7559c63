import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodingOf, fileText } from './file-text.ts'

const TEXT = '{"appid":"跟进"}\r\n'

test('a text is read in UTF-8 with and without a BOM, and in UTF-16 of both kinds', () => {
  const little = Buffer.from(`\ufeff${TEXT}`, 'utf16le')
  const big = Buffer.from(little).swap16()
  for (const bytes of [Buffer.from(TEXT), Buffer.from(`\ufeff${TEXT}`), little, big]) {
    assert.equal(fileText(bytes), TEXT)
  }
  assert.deepEqual([Buffer.from(TEXT), little, big].map(encodingOf), ['utf-8', 'utf-16le', 'utf-16be'])
  assert.equal(fileText(Buffer.alloc(0)), '')
})
