import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createIdSource } from './id-source.ts'

test('ids grow, also within a millisecond and when the clock goes back, and stay below 2^53', () => {
  let ms = Date.UTC(2026, 0, 1)
  const mint = createIdSource(() => ms, randomBytes)
  let last = 0n
  for (let count = 0; count < 20_000; count++) {
    if (count === 5_000) ms += 3
    if (count === 10_000) ms -= 60_000
    const id = mint()
    assert.ok(id > last)
    last = id
  }
  ms = Date.UTC(2093, 0, 1)
  assert.ok(mint() < 2n ** 53n)
})
