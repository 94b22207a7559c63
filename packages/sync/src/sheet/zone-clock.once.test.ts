import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ZoneClock } from './zone-clock.ts'

const ZONES = [
  'Asia/Shanghai',
  'UTC',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Africa/Monrovia',
  'Pacific/Apia',
  'Africa/Casablanca',
]

test('the same as Intl says, at any time and around every change', () => {
  for (const timeZone of ZONES) {
    const clock = new ZoneClock(timeZone)
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
    const check = (ms: number) => assert.equal(clock.text(ms), format.format(ms), `${timeZone} ${ms}`)
    fc.assert(fc.property(fc.integer({ min: 0, max: 253_402_214_400_000 }), check))
    fc.assert(fc.property(fc.integer({ min: 0, max: 2_000_000_000_000 }), check), { numRuns: 1000 })
    // Summer time of 2024 and 1988, Liberia's odd offset of 1972, the day that Samoa skipped.
    for (const day of ['2024-03-10', '2024-11-03', '2024-04-06', '1988-04-17', '1972-01-07', '2011-12-30']) {
      const start = Date.parse(day) - 86_400_000
      for (let ms = start; ms < start + 3 * 86_400_000; ms += 899_999) check(ms)
    }
  }
})

test('before noon and after midnight', () => {
  const clock = new ZoneClock('Asia/Shanghai')
  assert.equal(clock.text(Date.UTC(2025, 0, 14, 16)), '2025-01-15 00:00:00')
  assert.equal(clock.text(0), '1970-01-01 08:00:00')
  assert.equal(clock.text(Date.UTC(1988, 6, 1)), '1988-07-01 09:00:00')
  assert.equal(new ZoneClock('America/New_York').text(0), '1969-12-31 19:00:00')
  assert.equal(clock.text(253_402_300_799_999), '10000-01-01 07:59:59')
})

test('an unknown zone is refused at once', () => {
  assert.throws(() => new ZoneClock('Mars/Olympus'), RangeError)
})
