import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  addDays,
  isDay,
  isTimeZone,
  LAST_DAY,
  LAST_MS,
  nextDay,
  utcDay,
  wallText,
  Zone,
  zoneOf,
} from './zone.ts'

const DAY_MS = 86_400_000

const ZONES = [
  'Asia/Shanghai',
  'America/New_York',
  'America/Sao_Paulo',
  'America/Havana',
  'America/St_Johns',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Africa/Casablanca',
  'Africa/Monrovia',
  'UTC',
]

test('a day starts at the first instant whose local date is that day', () => {
  const localDate = (ms: number, zone: string) => wallText(zoneOf(zone).wall(ms)).slice(0, 10)
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), fc.integer({ min: 0, max: 30_000 }), (zone, days) => {
      const day = utcDay(days * DAY_MS)
      const start = zoneOf(zone).startOfDay(day)
      assert.ok(localDate(start, zone) >= day)
      assert.ok(localDate(start - 1, zone) < day)
      assert.ok(zoneOf(zone).startOfDay(nextDay(day)) >= start)
    }),
    { numRuns: 2000 },
  )
})

test('days of other lengths: summer time in China, no midnight in São Paulo, a day skipped in Samoa', () => {
  const hours = (day: string, zone: string) =>
    (zoneOf(zone).endOfDay(day) - zoneOf(zone).startOfDay(day)) / 3_600_000
  assert.equal(hours('1988-04-17', 'Asia/Shanghai'), 23)
  assert.equal(hours('1988-09-11', 'Asia/Shanghai'), 25)
  assert.equal(hours('2025-01-01', 'Asia/Shanghai'), 24)
  assert.equal(hours('2018-11-04', 'America/Sao_Paulo'), 23)
  assert.equal(hours('2011-12-30', 'Pacific/Apia'), 0)
  assert.equal(zoneOf('Asia/Shanghai').startOfDay('2025-01-15'), Date.UTC(2025, 0, 14, 16))
})

test('every instant belongs to one day, on both sides of every midnight', () => {
  for (const name of ZONES) {
    const zone = zoneOf(name)
    for (const from of ['1970-01-01', '1988-04-16', '2006-10-28', '2011-12-28', '2025-03-08', '9999-12-29']) {
      for (let day = from, count = 0; count < 4; count++, day = nextDay(day)) {
        const [start, end] = [zone.startOfDay(day), zone.endOfDay(day)]
        if (day !== LAST_DAY) assert.equal(end, zone.startOfDay(nextDay(day)), `${name} ${day}`)
        // A day that a zone left out has no instant.
        if (end === start) continue
        assert.equal(zone.dayOf(start), day, name)
        assert.equal(zone.dayOf(Math.min(end - 1, LAST_MS)), day, name)
      }
    }
  }
})

test('next day across months, leap years and the end of the calendar', () => {
  assert.equal(nextDay('2024-02-28'), '2024-02-29')
  assert.equal(nextDay('2025-12-31'), '2026-01-01')
  assert.equal(nextDay('0001-12-31'), '0002-01-01')
  assert.equal(nextDay('9999-12-31'), '9999-12-31')
  assert.equal(addDays('2024-03-01', -1), '2024-02-29')
  assert.equal(addDays('9999-12-01', 400), '9999-12-31')
  assert.equal(utcDay(8_640_000_000_000_000), '9999-12-31')
})

test('days are those that exist, of the years 1 to 9999', () => {
  for (const day of ['0001-01-01', '2024-02-29', '9999-12-31']) assert.ok(isDay(day), day)
  for (const day of [
    '0000-12-31',
    '2025-02-29',
    '2025-13-01',
    '2025-1-5',
    '10000-01-01',
    '2025-01-01 ',
    '',
  ]) {
    assert.ok(!isDay(day), day)
  }
})

test('time zones are IANA names, and an unknown one is refused at once', () => {
  assert.ok(isTimeZone('Asia/Shanghai'))
  assert.ok(!isTimeZone('Shanghai'))
  assert.ok(!isTimeZone(''))
  assert.throws(() => zoneOf('Mars/Olympus'), RangeError)
  assert.throws(() => new Zone('Mars/Olympus'), RangeError)
})

test('the wall clock is the one of Intl, at any time and around every change', () => {
  for (const timeZone of ZONES) {
    const zone = zoneOf(timeZone)
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
    const check = (ms: number) =>
      assert.equal(wallText(zone.wall(ms)), format.format(ms), `${timeZone} ${ms}`)
    fc.assert(fc.property(fc.integer({ min: 0, max: 253_402_214_400_000 }), check))
    fc.assert(fc.property(fc.integer({ min: 0, max: 2_000_000_000_000 }), check), { numRuns: 1000 })
    // Summer time of 2024 and 1988, Liberia's odd offset of 1972, the day that Samoa skipped.
    for (const day of ['2024-03-10', '2024-11-03', '2024-04-06', '1988-04-17', '1972-01-07', '2011-12-30']) {
      const start = Date.parse(day) - DAY_MS
      for (let ms = start; ms < start + 3 * DAY_MS; ms += 899_999) check(ms)
    }
  }
})

test('before noon, after midnight, and before 1970', () => {
  const text = (ms: number, zone: string) => wallText(zoneOf(zone).wall(ms))
  assert.equal(text(Date.UTC(2025, 0, 14, 16), 'Asia/Shanghai'), '2025-01-15 00:00:00')
  assert.equal(text(0, 'Asia/Shanghai'), '1970-01-01 08:00:00')
  assert.equal(text(Date.UTC(1988, 6, 1), 'Asia/Shanghai'), '1988-07-01 09:00:00')
  assert.equal(text(0, 'America/New_York'), '1969-12-31 19:00:00')
})

test('years after 9999, up to the largest safe integer', () => {
  const text = (ms: number, zone: string) => wallText(zoneOf(zone).wall(ms))
  assert.equal(text(LAST_MS, 'UTC'), '9999-12-31 23:59:59')
  assert.equal(text(LAST_MS, 'Asia/Shanghai'), '10000-01-01 07:59:59')
  assert.equal(text(LAST_MS + 1, 'UTC'), '10000-01-01 00:00:00')
  // The last instants that Date and Intl know, and after them.
  assert.equal(text(8_640_000_000_000_000, 'UTC'), '275760-09-13 00:00:00')
  assert.equal(text(8_640_000_000_000_000, 'Asia/Shanghai'), '275760-09-13 08:00:00')
  assert.equal(text(Number.MAX_SAFE_INTEGER, 'UTC'), '287396-10-12 08:59:00')
  fc.assert(
    fc.property(fc.integer({ min: LAST_MS, max: 8_640_000_000_000_000 }), (ms) => {
      const [, year, rest] = /^\+(\d+)(-\d\d-\d\dT\d\d:\d\d:\d\d)/.exec(new Date(ms).toISOString()) ?? []
      if (year === undefined) return
      assert.equal(text(ms, 'UTC'), `${Number(year)}${rest?.replace('T', ' ')}`)
    }),
  )
})
