import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { importBundle, StoreError } from 'genjin-server'
import sql from 'sql-template-tag'
import { targetIdsOfHead } from '../../packages/server/src/service/follow/record.ts'
import { deleteFollow, findFollow } from '../../packages/server/src/store/follow/write.ts'
import type { WriteTx } from '../../packages/server/src/store/port.ts'
import { oneOf } from './test-data.ts'
import { anyFields, BATCH, batchIds, batchLines, MADE_TARGETS } from './totals-batches.ts'
import { type Beside, chunksOf, openBeside } from './totals-store.ts'

/**
 * `node test/crash/totals-writer.ts DATABASE BATCHES`: writes and deletes whole batches of 7, each in one transaction, until
 * it is killed. It knows nothing of what was written before it, so it can be killed anywhere. A line for every batch.
 */
const [address = '', batches = '0'] = process.argv.slice(2)
await using beside = await openBeside(address)
for (;;) {
  try {
    process.stdout.write(`${await writeBatch(beside, Number(batches))}\n`)
  } catch (error) {
    // Others write too; a database that is being held is not what is tested.
    if (!(error instanceof StoreError) || error.kind === 'unique') throw error
  }
  await sleep(Math.random() * 15)
}

/** Answers what was done. */
async function writeBatch(beside: Beside, count: number): Promise<string> {
  const dice = Math.random()
  const number = Math.floor(Math.random() * count)
  if (dice < 0.25) return deleteAll(beside, async () => batchIds(number).map(BigInt))
  if (dice < 0.4) return deleteAll(beside, (tx) => madeFor(tx, oneOf(MADE_TARGETS)))
  // Adds it, or puts it elsewhere: to another day, to others who wrote it, from staff to the system and back.
  const lines = [batchLines(number, anyFields(), Math.random() < 0.2, randomUUID())]
  // Two or three at once now and then.
  while (Math.random() < 0.2) {
    lines.push(batchLines(Math.floor(Math.random() * count), anyFields(), Math.random() < 0.2, randomUUID()))
  }
  const { bad } = await importBundle(beside, beside.corp, chunksOf(lines.flat()), { whole: true })
  assert.equal(bad, 0)
  return 'import'
}

function deleteAll(beside: Beside, idsOf: (tx: WriteTx) => Promise<bigint[]>): Promise<string> {
  return beside.store.transact(beside.corp, async (tx) => {
    const ids = await idsOf(tx)
    const found = (await Promise.all(ids.map((id) => findFollow(tx, id)))).filter((one) => one !== undefined)
    assert.equal(found.length % BATCH, 0, `${found.length} of ${ids.length} are there`)
    for (const stored of found) {
      const change = { at: Date.now(), app: null, user: stored.followUserId, reason: '重复' }
      await deleteFollow(tx, stored, targetIdsOfHead(stored.head), change)
    }
    return found.length === 0 ? 'nothing' : 'delete'
  })
}

/** Ids of all that was made over HTTP about a target. */
async function madeFor(tx: WriteTx, target: string): Promise<bigint[]> {
  const rows = await tx.all(
    sql`SELECT CAST(f.id AS TEXT) FROM follow f WHERE f.corp = ${tx.corp} AND f.business_id = ${target}`,
  )
  return rows.map(([id]) => BigInt(id as string))
}
