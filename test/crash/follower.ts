import assert from 'node:assert/strict'
import { parseExact } from 'genjin-record'
import { checksumOf } from '../oracle/corp.ts'
import { dayOf, type Id, idText, type Json, keyed, RECORD_KEYS } from '../oracle/follow-list.ts'
import type { Caller } from './fleet.ts'
import type { Op } from './random-writer.ts'

/** A record as the change feed answers it. */
export interface Followed extends Readonly<Json> {
  readonly id: Id
  readonly follow_time: number
  readonly update_time: number
  readonly version: number
  readonly system: boolean
}

interface Change {
  readonly seq: number
  readonly op: Op
  readonly record: Followed
}

/** Id → record. */
export type Table = Map<string, Followed>

/** Reads the change feed from the start into a table, each page at a random server. */
export class Follower {
  readonly table: Table = new Map()
  /** Id and version → op, of every change read. */
  readonly versions = new Map<string, Op>()
  readonly #caller: Caller
  readonly #crashes: boolean
  /** Deleted records as they were before. */
  readonly #deleted: Table = new Map()
  #place: { cursor: string | undefined; seq: number } = { cursor: undefined, seq: 0 }
  #saved = this.#place
  changes = 0
  pages = 0
  crashes = 0

  /** @param crashes sometimes returns to an earlier cursor, as after a crash, and applies the same changes again */
  constructor(caller: Caller, crashes = false) {
    this.#caller = caller
    this.#crashes = crashes
  }

  /** Number of the last change read. */
  get seq(): number {
    return this.#place.seq
  }

  /** Reads and applies one page; answers whether there is more to read. */
  async step(): Promise<boolean> {
    const { cursor, seq } = this.#place
    // Small ones often: a page that ends just before the newest change is where `has_more` is easily wrong.
    const limit = 1 + Math.floor(1000 * Math.random() ** 4)
    const { text } = await this.#caller.untilDone('changes', { cursor, limit })
    const { data } = parseExact(text) as {
      data: { records: Change[]; cursor: string; has_more: boolean }
    }
    const { records } = data
    assert.ok(records.length <= limit)
    assert.ok(records.length > 0 || !data.has_more, 'an empty page, and more after it')
    // Each once, none left out, whichever server answers.
    assert.deepEqual(
      records.map((change) => change.seq),
      records.map((_, index) => seq + 1 + index),
    )
    for (const change of records) this.#take(change)
    this.changes += records.length
    this.pages++
    this.#place = { cursor: data.cursor, seq: seq + records.length }
    return (this.#crashes && this.#perhapsCrash()) || data.has_more
  }

  /** Reads on until there is no more. */
  async catchUp(): Promise<void> {
    while (await this.step());
  }

  /** Answers whether it returned to an earlier cursor, so that there is more to read. */
  #perhapsCrash(): boolean {
    const dice = Math.random()
    if (dice < 0.2) this.#saved = this.#place
    if (dice < 0.8) return false
    this.#place = this.#saved
    this.crashes++
    return true
  }

  #take({ op, record }: Change): void {
    const id = idText(record.id)
    const known = this.versions.get(`${id} ${record.version}`)
    assert.ok(known === undefined || known === op)
    if (!this.#crashes) this.#assertFollows(id, op, record)
    this.versions.set(`${id} ${record.version}`, op)
    if (op === 'delete') {
      this.table.delete(id)
      this.#deleted.set(id, record)
    } else {
      this.table.set(id, record)
      this.#deleted.delete(id)
    }
  }

  /** A change must make sense after what was read of the record before. */
  #assertFollows(id: string, op: Op, record: Followed): void {
    const [there, deleted] = [this.table.get(id), this.#deleted.get(id)]
    const what = `${op} of ${id}, version ${record.version}`
    assert.equal(op === 'create', !there && !deleted, what)
    assert.equal(op === 'restore', deleted !== undefined, what)
    assert.equal(op === 'update' || op === 'delete', there !== undefined, what)
    assert.equal(record.version, ((there ?? deleted)?.version ?? 0) + 1, what)
    // Deleting and restoring leave everything as it was.
    if (op === 'delete' || op === 'restore') {
      assert.deepEqual(record, {
        ...(there ?? deleted),
        version: record.version,
        update_time: record.update_time,
      })
    }
  }
}

/** Day → count and checksums of a table's records, as follow/reconcile answers them (G4, G5). Days without any are not in it. */
export function daySums(records: Iterable<Followed>) {
  const byDay = Map.groupBy(records, ({ follow_time }) => dayOf(follow_time))
  return new Map(
    [...byDay].map(([day, all]) => [
      day,
      {
        count: all.length,
        checksum: checksumOf(all.map((record) => keyed(record, RECORD_KEYS.list))),
        whole_checksum: checksumOf(all),
      },
    ]),
  )
}
