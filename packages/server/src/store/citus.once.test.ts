import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDatabase } from '../../../../test/support/postgres.ts'
import { type ForeignKey, planDistribution, tableOf, wrongPlacements } from './citus.ts'
import { openPostgres } from './driver/postgres.ts'
import { statementsOf } from './driver/postgres-statements.ts'
import { loadMigrations } from './migrate.ts'
import type { Placement } from './port.ts'
import { createStore } from './store.ts'
import { CORP_TABLES } from './tenant-guard.ts'

const SHARED = ['corp', 'setting', 'schema_migration']
const ALL = [...SHARED, ...CORP_TABLES]

/** A table as Citus has it in pg_dist_partition: partmethod, repmodel, colocationid. */
const UNKNOWN = [null, null, null]
const LISTED_AS_LOCAL = ['n', 's', 0]
const REFERENCE = ['n', 't', 1]
const DISTRIBUTED = ['h', 's', 2]

const KEYS: readonly ForeignKey[] = [
  {
    table: 'app',
    target: 'corp',
    name: 'app_corp_fkey',
    definition: 'FOREIGN KEY (corp) REFERENCES corp(corp)',
  },
  {
    table: 'follow_target',
    target: 'follow',
    name: 'of',
    definition: 'FOREIGN KEY (corp, id) REFERENCES follow(corp, id)',
  },
]

const tables = (rowOf: (name: string) => readonly (string | number | null)[]) =>
  ALL.map((name) => tableOf([name, ...rowOf(name)]))

const wanted = (name: string) => (SHARED.includes(name) ? REFERENCE : DISTRIBUTED)

function placement(known: ReturnType<typeof tables>, nodesWithShards = 2): Placement {
  return { tables: known, nodes: 2, nodesWithShards, shards: 32 }
}

for (const [state, row] of Object.entries({ unknown: UNKNOWN, 'listed as local': LISTED_AS_LOCAL })) {
  test(`tables that are ${state} to Citus are all placed, keys dropped before and added after`, () => {
    // Once corp is a reference table, Citus lists every table that a key connects with it.
    const known = tables((name) => (name === 'corp' && row === LISTED_AS_LOCAL ? REFERENCE : row))
    const plan = planDistribution(known, KEYS)
    assert.deepEqual([...plan.tables].sort(), ALL.filter((name) => name !== 'corp' || row === UNKNOWN).sort())
    const statements = [...plan.opening, ...plan.placing, ...plan.closing]
    const at = (part: string) => {
      const found = statements.findIndex((text) => text.includes(part))
      assert.ok(found >= 0, part)
      return found
    }
    for (const { table, name, definition } of KEYS) {
      const [dropped, added] = [
        `${table} DROP CONSTRAINT ${name}`,
        `${table} ADD CONSTRAINT ${name} ${definition}`,
      ]
      assert.ok(at(dropped) < at("create_reference_table('setting')") && at(dropped) > at('follow NO FORCE'))
      assert.ok(at(added) > at("create_distributed_table('write_key'"))
    }
    const first = at("create_distributed_table('corp_state', 'corp', colocate_with => 'none')")
    for (const name of CORP_TABLES.filter((each) => each !== 'corp_state')) {
      const distributed = at(`create_distributed_table('${name}', 'corp', colocate_with => 'corp_state')`)
      assert.ok(distributed > first && distributed > at(`${name} NO FORCE ROW LEVEL SECURITY`))
      assert.ok(at(`truncate_local_data_after_distributing_table('${name}')`) > distributed)
      assert.ok(at(`${name} FORCE ROW LEVEL SECURITY`) > distributed)
    }
  })
}

test('what is placed stays; a table that a migration added is placed beside the others, with its keys alone', () => {
  assert.deepEqual(planDistribution(tables(wanted), KEYS), {
    ...{ tables: [], opening: [], placing: [], closing: [] },
  })
  const { tables: added, placing } = planDistribution(
    tables((name) => (name === 'follow_target' ? LISTED_AS_LOCAL : wanted(name))),
    KEYS,
  )
  assert.deepEqual(added, ['follow_target'])
  assert.deepEqual(
    placing.filter((text) => text.includes('CONSTRAINT')),
    [
      'ALTER TABLE follow_target DROP CONSTRAINT of',
      'ALTER TABLE follow_target ADD CONSTRAINT of FOREIGN KEY (corp, id) REFERENCES follow(corp, id)',
    ],
  )
})

test('a placement is right only with every table in its kind and one group', () => {
  assert.deepEqual(wrongPlacements(placement(tables(wanted))), [])
  assert.match(
    wrongPlacements(placement(tables(() => LISTED_AS_LOCAL))).join(),
    /follow is local, not distributed/,
  )
  const apart = tables((name) => (name === 'follow' ? ['h', 's', 3] : wanted(name)))
  assert.match(wrongPlacements(placement(apart)).join(), /2 co-location groups/)
  // A node that was added later.
  assert.deepEqual(wrongPlacements(placement(tables(wanted), 1)), [])
})

/** What Citus refuses for a distributed table: a constraint added beside another change, two things dropped at once. */
function refusedByCitus(statement: string): boolean {
  const text = statement.replace(/--[^\n]*\n/g, '').trim()
  const changes = text.match(/\b(?:ADD|DROP|ALTER) /g) ?? []
  return (
    /^DROP (?:INDEX|TABLE) [^;]*,/.test(text) ||
    (/^ALTER TABLE [\s\S]*\bADD (?:CONSTRAINT|FOREIGN|PRIMARY|UNIQUE|CHECK)\b/.test(text) &&
      changes.length > 2)
  )
}

test('a migration changes a distributed database one thing at a time', () => {
  const refused = loadMigrations('postgres')
    .filter(({ sql }) => statementsOf(sql).some(refusedByCitus))
    .map(({ version }) => version)
  // They were released before a database could be distributed.
  assert.deepEqual(refused, [3, 4])
})

test('a database without Citus has no placement, and is not distributed', async () => {
  await using own = await createDatabase()
  const store = createStore(await openPostgres({ url: own.url, connections: 2 }), () => 1)
  try {
    assert.equal(await store.placement(), undefined)
    await assert.rejects(store.distribute(), /--citus 只用于装有 Citus 的 PostgreSQL/)
  } finally {
    await store.close()
  }
})
