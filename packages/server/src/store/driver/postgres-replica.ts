import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { translate } from './postgres-errors.ts'
import { openLink, type PostgresLink } from './postgres-link.ts'

/** How often a replica that is a little behind is asked again before the primary is read from, and how long between. */
const TRIES = 4
const AGAIN_MS = 3

/**
 * A streaming replica of the primary. It may lag, pause or be away, at the start too: what is read is exact all the same,
 * since it is read from only when it has everything that the primary has acknowledged by now (L12). The primary is asked
 * for its position only, which costs it a fraction of a page.
 */
export class Replica {
  readonly #link: PostgresLink
  readonly #primary: PostgresLink

  constructor(link: PostgresLink, primary: PostgresLink) {
    this.#link = link
    this.#primary = primary
  }

  get up(): boolean {
    return this.#link.up
  }

  /** A connection to read from; undefined when the primary is to be read from. */
  async connect(): Promise<pg.PoolClient | undefined> {
    if (!this.#link.up) return undefined
    const position = await positionOf(this.#primary)
    try {
      const client = await this.#link.connect()
      // Before the transaction begins: a snapshot taken first could be older than the position read in it.
      if (await hasReached(client, position)) return client
      client.release()
    } catch {
      // Going away just now: the primary has it all.
    }
    return undefined
  }

  close(): Promise<void> {
    return this.#link.close()
  }
}

/** Opens a replica of this primary. A server that is none of its replicas counts as away. */
export async function openReplica(url: string, connections: number, primary: PostgresLink): Promise<Replica> {
  const identity = await identityOf(primary)
  const question = `SELECT pg_is_in_recovery() AND ${IDENTITY} = '${identity}'`
  return new Replica(await openLink({ url, connections, question, optional: true }), primary)
}

/** What a replica shares with its primary and with no other server: hexadecimal digits. */
const IDENTITY = `md5((SELECT system_identifier FROM pg_control_system()) || ' ' || current_database())`

async function identityOf(primary: PostgresLink): Promise<string> {
  return oneValue(primary, { text: `SELECT ${IDENTITY} AS value` })
}

/** How far the primary's log is durable: every commit that it has acknowledged lies before that. */
function positionOf(primary: PostgresLink): Promise<string> {
  return oneValue(primary, {
    name: 'genjin_position',
    text: 'SELECT pg_current_wal_flush_lsn()::TEXT AS value',
  })
}

async function oneValue(link: PostgresLink, query: pg.QueryConfig): Promise<string> {
  const client = await link.connect()
  try {
    return (await client.query(query)).rows[0].value
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
        // One that was promoted keeps its position, and goes its own way from there.
        text: 'SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= $1::pg_lsn AS reached',
        values: [position],
      })
      if (rows[0].reached) return true
    }
    return false
  } catch (error) {
    client.release(true)
    throw error
  }
}
