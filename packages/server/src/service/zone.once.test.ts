import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isTimeZone, localDate, nextDay, startOfDay } from './zone.ts'

const ZONES = [
  'Asia/Shanghai',
  'America/New_York',
  'America/Sao_Paulo',
  'America/Havana',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Africa/Casablanca',
  'UTC',
]

test('a day starts at the first instant whose local date is that day', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), fc.integer({ min: 0, max: 30_000 }), (zone, days) => {
      const day = new Date(days * 86_400_000).toISOString().slice(0, 10)
      const start = startOfDay(day, zone)
      const wanted = Number(day.replaceAll('-', ''))
      assert.ok(localDate(start, zone) >= wanted)
      assert.ok(localDate(start - 1, zone) < wanted)
      assert.ok(startOfDay(nextDay(day), zone) >= start)
    }),
    { numRuns: 2000 },
  )
})

test('days of other lengths: summer time in China, no midnight in São Paulo, a day skipped in Samoa', () => {
  const hours = (day: string, zone: string) =>
    (startOfDay(nextDay(day), zone) - startOfDay(day, zone)) / 3_600_000
  assert.equal(hours('1988-04-17', 'Asia/Shanghai'), 23)
  assert.equal(hours('1988-09-11', 'Asia/Shanghai'), 25)
  assert.equal(hours('2025-01-01', 'Asia/Shanghai'), 24)
  assert.equal(hours('2018-11-04', 'America/Sao_Paulo'), 23)
  assert.equal(hours('2011-12-30', 'Pacific/Apia'), 0)
  assert.equal(startOfDay('2025-01-15', 'Asia/Shanghai'), Date.UTC(2025, 0, 14, 16))
})

test('next day across months, leap years and the end of the calendar', () => {
  assert.equal(nextDay('2024-02-28'), '2024-02-29')
  assert.equal(nextDay('2025-12-31'), '2026-01-01')
  assert.equal(nextDay('0001-12-31'), '0002-01-01')
  assert.equal(nextDay('9999-12-31'), '9999-12-31')
})

test('time zones are IANA names', () => {
  assert.ok(isTimeZone('Asia/Shanghai'))
  assert.ok(!isTimeZone('Shanghai'))
  assert.ok(!isTimeZone(''))
})
