import { parseArgs } from 'node:util'
import { isAddress } from './databases.ts'
import { ROWS, type RowId } from './figures.ts'
import type { Volume } from './load-data.ts'
import type { Plan } from './measure.ts'

export const USAGE = `npm run bench -- [--sizes N,N,…] [--database URL] [--quick] [--only P5,P7] [--json FILE] [--report]

Every figure of the table in docs/performance.md, beside its target, on SQLite.
  --sizes 10000,1000000,10000000
           follow-ups of the company that is measured, a database for each, two or more (10000,100000,1000000). What is
           measured on one size is measured on 1000000, or on the largest below it
  --database postgres://…
           on PostgreSQL. Databases of its own are made on that server and dropped at the end: the user must be allowed to
           make some
  --database embedded
           on a PostgreSQL that is started for the run
  --quick  100000 records in all, short rounds: checks that every answer is right. Times are printed but not compared with
           targets. P13, which compares no answers, is left out unless --only names it
  --only P5,P7
           these rows alone: for who works on one
  --json FILE
           the figures as JSON
  --report writes docs/performance.md, its English twin and its plots anew, with these figures and the other engine's last
At the end genjin verify recounts what was written to. The exit code is 1 when an answer or a counter was wrong.`

/** What is asked for. */
export type Options = ReturnType<typeof readOptions>

const FULL: Plan = { warmUpSeconds: 1, rounds: 3, roundSeconds: 2, times: 100 }
const QUICK: Plan = { warmUpSeconds: 0.1, rounds: 1, roundSeconds: 0.3, times: 20 }
const QUICK_VOLUME: Volume = { sizes: [10_000, 50_000], others: 10_000, othersInSmallest: false }
const SIZES = '10000,100000,1000000'
const SMALLEST = 10_000

export function readOptions() {
  const { values } = parseArgs({
    options: {
      sizes: { type: 'string' },
      database: { type: 'string' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      json: { type: 'string' },
      report: { type: 'boolean', default: false },
    },
  })
  const { quick, database, json, report } = values
  const only = values.only?.split(',')
  if (quick && (values.sizes !== undefined || report))
    throw new Error('--quick goes without --sizes and --report')
  if (only && report) throw new Error('--report needs all rows: leave --only out')
  if (only && !only.every(isRow)) throw new Error(`--only must be some of ${Object.keys(ROWS).join()}`)
  // The address can hold a password: it stands in no message.
  if (database !== undefined && !isAddress(database)) {
    throw new Error('--database must be postgres://… or embedded')
  }
  return {
    volume: quick
      ? QUICK_VOLUME
      : { sizes: readSizes(values.sizes ?? SIZES), others: 100_000, othersInSmallest: true },
    plan: quick ? QUICK : FULL,
    /** Follow-ups of the company whose import is measured. */
    imported: quick ? 3_000 : 100_000,
    quick,
    /** The rows that are measured; undefined: all. */
    only,
    /** Where PostgreSQL is; undefined: SQLite. */
    database,
    json,
    report,
  }
}

function isRow(name: string): name is RowId {
  return Object.hasOwn(ROWS, name)
}

function readSizes(text: string): number[] {
  const sizes = [...new Set(text.split(',').map(Number))].sort((a, b) => a - b)
  if (sizes.length < 2 || sizes.some((size) => !Number.isInteger(size) || size < SMALLEST)) {
    throw new Error(`--sizes must be two numbers or more, from ${SMALLEST}`)
  }
  return sizes
}
