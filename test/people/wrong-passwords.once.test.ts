import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wrongPasswords } from '../crash/wrong-passwords.ts'
import { tempDatabase } from '../support/database.ts'

const ATTEMPTS = 10_000
const ADDRESSES = 4

test('P8 10,000 wrong passwords beside others: few are looked at, nobody else is refused or waits for them', async () => {
  await using temp = await tempDatabase()
  const report = await wrongPasswords({
    temp,
    ...{ attempts: ATTEMPTS, addresses: ADDRESSES, atOnce: 24, idleSeconds: 3 },
  })
  console.log(`wrong passwords: ${JSON.stringify(report)}`)
  const { attempts, idle, beside, coming } = report
  const { 40120: looked = 0, 42900: slowed = 0, ...other } = attempts.codes
  assert.deepEqual(other, {})
  assert.equal(looked + slowed, ATTEMPTS)
  // Two companies, one of which does not exist; five at once, and one more now and then.
  const most = 2 * ADDRESSES * (5 + 2 + report.seconds / 10)
  assert.ok(looked > 0 && looked <= most, `${looked} of at most ${most}`)
  for (const { codes } of [idle, beside, coming]) assert.deepEqual(Object.keys(codes), ['0'])
  assert.ok(report.counted <= ADDRESSES + 20 + 2, `${report.counted} rows`)
  assert.ok(report.grownMb < 150, `${report.grownMb} MB`)
  // A hash on this thread would take 200 on a fast machine.
  const { longestTurnMs, idleTurnMs } = report
  assert.ok(longestTurnMs < 150, `${longestTurnMs} ms, without them ${idleTurnMs}`)
})
