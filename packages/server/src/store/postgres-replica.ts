import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { translate } from './postgres-errors.ts'
import type { PostgresLink } from './postgres-link.ts'

/** How often a replica that is a little behind is asked again before the primary is read from, and how long between. */
const TRIES = 4
const AGAIN_MS = 3

/**
 * Connections for reading: of the replica when it has everything that the primary has acknowledged by now (L12), else of
 * the primary. So a replica may lag, pause or go away: what is read is exact all the same. The primary is asked for its
 * position only, which costs it a fraction of a page.
 */
export function readFrom(replica: PostgresLink, primary: PostgresLink): Pick<PostgresLink, 'connect'> {
  return {
    async connect() {
      if (!replica.up) return primary.connect()
      const position = await positionOf(primary)
      try {
        const client = await replica.connect()
        // Before the transaction begins: a snapshot taken first could be older than the position read in it.
        if (await hasReached(client, position)) return client
        client.release()
      } catch {
        // Going away just now: the primary has it all.
      }
      return primary.connect()
    },
  }
}

/** How far the primary's log is durable: every commit that it has acknowledged lies before that. */
async function positionOf(primary: PostgresLink): Promise<string> {
  const client = await primary.connect()
  try {
    const { rows } = await client.query({
      name: 'genjin_position',
      text: 'SELECT pg_current_wal_flush_lsn()::TEXT AS position',
    })
    return rows[0].position
  } catch (error) {
    throw translate(error)
  } finally {
    client.release()
  }
}

/** Whether the replica has replayed the log up to a position, now or in a moment. Throws when it goes away. */
async function hasReached(client: pg.PoolClient, position: string): Promise<boolean> {
  try {
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      if (attempt > 1) await sleep(AGAIN_MS)
      const { rows } = await client.query({
        name: 'genjin_reached',
        text: 'SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS reached',
        values: [position],
      })
      // A server that was never a replica has no such position: null.
      if (rows[0].reached === null) return false
      if (rows[0].reached) return true
    }
    return false
  } catch (error) {
    client.release(true)
    throw error
  }
}
