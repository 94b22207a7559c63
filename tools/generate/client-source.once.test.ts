import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { clientSource } from './client-source.ts'

test("the client's operations.ts is what the contract says (npm run client writes it)", () => {
  const kept = readFileSync(new URL('../../packages/client/src/operations.ts', import.meta.url), 'utf8')
  assert.equal(kept, clientSource())
})
