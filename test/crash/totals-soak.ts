import assert from 'node:assert/strict'
import { tempDatabase } from '../support/database.ts'
import { preparePostgres } from '../support/postgres.ts'
import { requireRightCounters } from './fleet.ts'
import { interleaving } from './interleaving.ts'
import { totalsCrash } from './totals.ts'

/**
 * `node test/crash/totals-soak.ts [ANSWERS] [READS] [sqlite | postgres]`: so many totals and pages while batches of 7 come
 * and go and servers are killed; then so many answers, some thousands at a time, compared with the states that the change
 * feed tells. On both engines or one of them. By hand, half an hour.
 */
const ENGINES = ['sqlite', 'postgres'] as const
const SERVERS = { sqlite: 3, postgres: 4 }
/** Reads of one run: every answer of it is kept until it is checked. */
const RUN = 8_000
const [answers = '100000', reads = '24000', only] = process.argv.slice(2)
await using _postgres = await preparePostgres()
for (const engine of ENGINES.filter((name) => only === undefined || name === only)) {
  await soakTotals(engine)
  for (let left = Number(reads); left > 0; left -= RUN) await soakInterleaving(engine, Math.min(left, RUN))
}

async function soakTotals(engine: (typeof ENGINES)[number]): Promise<void> {
  await using temp = await tempDatabase(engine)
  const report = await totalsCrash({
    temp,
    servers: SERVERS[engine],
    answers: Number(answers),
    seconds: 4 * 3600,
    log: console.log,
  })
  console.log(JSON.stringify({ engine, test: 'totals', ...report }))
  assert.ok(report.answers >= Number(answers), 'it took too long')
  await requireRightCounters(temp)
}

async function soakInterleaving(engine: (typeof ENGINES)[number], reads: number): Promise<void> {
  await using temp = await tempDatabase(engine)
  const { wrong, ...report } = await interleaving({ temp, reads, seconds: 600 })
  console.log(JSON.stringify({ engine, test: 'interleaving', ...report }))
  assert.equal(report.wrongs, 0, wrong.join('\n'))
  await requireRightCounters(temp)
}
