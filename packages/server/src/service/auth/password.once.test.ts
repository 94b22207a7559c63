import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceError } from '../../errors.ts'
import { createPasswordHasher } from './password.ts'

const busy = (error: unknown) => error instanceof ServiceError && error.kind === 'tooMany'

test('who guesses stands behind, fills no line but that one, and still gets a turn', async () => {
  const hasher = createPasswordHasher()
  const order: string[] = []
  const ask = (name: string, line: 'first' | 'behind') =>
    hasher.matches('a password', null, line).then((isRight) => {
      assert.equal(isRight, false)
      order.push(name)
    })
  const begun = [ask('running', 'behind')]
  for (let at = 0; at < 8; at++) begun.push(ask('behind', 'behind'))
  await assert.rejects(ask('one too many', 'behind'), busy)
  assert.throws(() => hasher.requireRoom('behind'), busy)
  hasher.requireRoom('first')
  for (let at = 0; at < 4; at++) begun.push(ask('first', 'first'))
  await Promise.all(begun)
  assert.deepEqual(order.slice(0, 6), ['running', 'first', 'first', 'behind', 'first', 'first'])
  assert.equal(order.length, 13)
  hasher.requireRoom('behind')
})

test('a failure ends its own turn alone', async () => {
  const hasher = createPasswordHasher()
  const [broken, next] = await Promise.allSettled([
    hasher.matches('a password', 'scrypt$x$8$5$AAAA$AAAA', 'first'),
    hasher.hash('a password'),
  ])
  assert.equal(broken.status, 'rejected')
  assert.ok(next.status === 'fulfilled' && (await hasher.matches('a password', next.value, 'first')))
})
