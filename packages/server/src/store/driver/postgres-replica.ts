import { setTimeout as sleep } from 'node:timers/promises'
import type { PostgresAddress } from 'genjin-record'
import type pg from 'pg'
import { translate } from './postgres-errors.ts'
import { openLink, type PostgresLink } from './postgres-link.ts'

/** How often a replica that is slightly behind is asked again before the primary is used, and the pause in between. */
const TRIES = 4
const AGAIN_MS = 3

/**
 * A streaming replica of the primary. It may lag, pause or be down, also at the start. Reads are exact all the same (L12):
 * it is used only once it has everything that the primary has acknowledged so far. The primary is asked for its position
 * only, which costs it a fraction of a page.
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

  /** A connection to read from; undefined when the primary has to be used. */
  async connect(): Promise<pg.PoolClient | undefined> {
    if (!this.#link.up) return undefined
    const position = await positionOf(this.#primary)
    try {
      const client = await this.#link.connect()
      // Before the transaction begins: a snapshot taken earlier could be older than the position.
      if (await hasReached(client, position)) return client
      client.release()
    } catch {
      // Going down just now: the primary has everything.
    }
    return undefined
  }

  close(): Promise<void> {
    return this.#link.close()
  }
}

/** Opens a replica of this primary. A server that is not one of its replicas counts as down. */
export async function openReplica(
  address: PostgresAddress,
  connections: number,
  primary: PostgresLink,
): Promise<Replica> {
  const identity = await identityOf(primary)
  const question = `SELECT pg_is_in_recovery() AND ${IDENTITY} = '${identity}'`
  return new Replica(await openLink({ address, connections, question, optional: true }), primary)
}

/** Identifies a primary and its replicas: hexadecimal digits. */
const IDENTITY = `md5((SELECT system_identifier FROM pg_control_system()) || ' ' || current_database())`

async function identityOf(primary: PostgresLink): Promise<string> {
  return oneValue(primary, { text: `SELECT ${IDENTITY} AS value` })
}

/** How far the primary's log is durable: all acknowledged commits come before it. */
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

/** Whether the replica has replayed the log up to a position, or does so shortly. Throws when it goes down. */
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
