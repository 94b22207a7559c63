import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextDay, startOfDay } from '../../../server/src/service/zone.ts'
import { LocalDays } from './local-days.ts'

test("days are the server's, on both sides of every midnight", () => {
  for (const zone of [
    'Asia/Shanghai',
    'America/St_Johns',
    'Pacific/Apia',
    'Pacific/Kiritimati',
    'Africa/Monrovia',
    'UTC',
  ]) {
    const days = new LocalDays(zone)
    for (const from of ['1970-01-01', '1988-04-16', '2006-10-28', '2011-12-28', '2025-03-08', '9999-12-29']) {
      for (let day = from, count = 0; count < 4; count++, day = nextDay(day)) {
        const [start, end] = days.bounds(day)
        assert.equal(start, startOfDay(day, zone), `${zone} ${day}`)
        if (day !== '9999-12-31') assert.equal(end, startOfDay(nextDay(day), zone), `${zone} ${day}`)
        // A day that a zone left out has no instant.
        if (end === start) continue
        assert.equal(days.dayOf(start), day, zone)
        assert.equal(days.dayOf(Math.min(end - 1, 253402300799999)), day, zone)
      }
    }
  }
})
