import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { Checksum, digestChecksum, lineChecksum } from './checksum.ts'

const sumOf = (line: string) => digestChecksum(hash('sha256', line, 'hex'))

function checksumOf(lines: readonly string[]): string {
  const checksum = new Checksum()
  for (const line of lines) checksum.add(sumOf(line))
  return checksum.hex
}

test('a checksum is the sum of the first 16 bytes of the SHA-256 of each line', () => {
  assert.equal(checksumOf([]), '0'.repeat(32))
  // The examples of FIPS 180: SHA-256 of `abc` and of nothing.
  assert.equal(checksumOf(['abc']), 'ba7816bf8f01cfea414140de5dae2223')
  assert.equal(checksumOf(['']), 'e3b0c44298fc1c149afbf4c8996fb924')
  assert.equal(checksumOf(['abc', '']), '9e28db0227fdebfedc3d35a6f71ddb47', 'modulo 2^128')
  assert.equal(checksumOf(['{"名":"跟进"}']), checksumOf([Buffer.from('{"名":"跟进"}').toString('utf8')]))
})

test('a checksum does not depend on the order, and depends on how often a line is there', () => {
  const lines = ['a', 'b', 'b', 'c', '跟进', '👩‍👩‍👧']
  assert.equal(checksumOf(lines.toReversed()), checksumOf(lines))
  assert.notEqual(checksumOf(['a', 'b', 'c', '跟进', '👩‍👩‍👧']), checksumOf(lines))
})

test('a line that is taken out leaves the checksum of the others', () => {
  const checksum = new Checksum()
  for (const line of ['a', 'b', 'c']) checksum.add(sumOf(line))
  checksum.subtract(sumOf('a'))
  checksum.subtract(sumOf('c'))
  assert.equal(checksum.hex, checksumOf(['b']))
  checksum.subtract(sumOf('b'))
  assert.equal(checksum.hex, checksumOf([]))
  checksum.subtract(sumOf('x'))
  checksum.add(sumOf('x'))
  assert.equal(checksum.hex, checksumOf([]))
})

test('checksums of parts add up to that of the whole', () => {
  const [one, other] = [new Checksum(), new Checksum()]
  for (const line of ['a', 'b']) one.add(sumOf(line))
  for (const line of ['c', 'd']) other.add(sumOf(line))
  one.add(other.value)
  assert.equal(one.hex, checksumOf(['a', 'b', 'c', 'd']))
})

test('browsers, which hash in a promise, get the same', async () => {
  for (const line of ['', 'abc', '{"名":"跟进"}', 'x'.repeat(100_000)]) {
    assert.equal(await lineChecksum(line), sumOf(line))
  }
})
