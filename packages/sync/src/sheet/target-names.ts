import type { FollowRecord, GenjinClient } from 'genjin-client'
import { CONCURRENCY, unlessLacking } from '../source.ts'
import type { FollowSheetRecord } from './record.ts'

/** Names of objects of one type by their `business_id`; `follows` are follow-ups of them, one of each. */
export type FindNames = (
  type: number,
  follows: readonly FollowRecord[],
) => Promise<ReadonlyMap<string, string>>

/** Names that are remembered: a table of a million follow-ups can be about as many objects. */
const KEPT = 50_000

/** Adds to follow-ups what the objects are called that they are about: follow/list returns ids only. */
export class TargetNames {
  readonly #find: FindNames
  /** null: it has no name. */
  readonly #known = new Map<string, string | null>()

  constructor(find: FindNames) {
    this.#find = find
  }

  async named(records: readonly FollowRecord[]): Promise<FollowSheetRecord[]> {
    if (this.#known.size > KEPT) this.#known.clear()
    const unknown = new Map(records.map((record) => [keyOf(record), record]))
    for (const key of unknown.keys()) if (this.#known.has(key)) unknown.delete(key)
    for (const [type, follows] of Map.groupBy(unknown.values(), (record) => record.business_type)) {
      const names = await this.#find(type, follows)
      for (const record of follows) this.#known.set(keyOf(record), names.get(record.business_id) ?? null)
    }
    return records.map((record) => ({ ...record, business_name: this.#known.get(keyOf(record)) ?? null }))
  }
}

function keyOf({ business_type, business_id }: FollowRecord): string {
  return `${business_type} ${business_id}`
}

const [CUSTOMER, OPPORTUNITY] = [1, 3]

/** Objects that a server is asked about for one table: each takes a request, and the platform limits their rate. */
const MOST_ASKED = 2_000

/** Reads names from the older lists of a server, the only ones that have them: of customers and opportunities. */
export class ListedNames {
  readonly #client: GenjinClient
  #left = MOST_ASKED
  /** Types whose list the server does not have: none of their objects has a name. */
  readonly #lacking = new Set<number>()
  /** Objects that were not asked about. */
  skipped = 0

  constructor(client: GenjinClient) {
    this.#client = client
  }

  readonly find: FindNames = async (type, follows) => {
    const names = new Map<string, string>()
    if ((type !== CUSTOMER && type !== OPPORTUNITY) || this.#lacking.has(type)) return names
    const asked = follows.slice(0, this.#left)
    for (let at = 0; at < asked.length; at += CONCURRENCY) {
      const some = asked.slice(at, at + CONCURRENCY)
      const found = await unlessLacking(Promise.all(some.map((follow) => this.#nameOf(type, follow))))
      if (!found) {
        this.#lacking.add(type)
        return names
      }
      for (const [index, { business_id }] of some.entries()) {
        const name = found[index]
        if (name) names.set(business_id, name)
      }
    }
    this.#left -= asked.length
    this.skipped += follows.length - asked.length
    return names
  }

  async #nameOf(type: number, { id }: FollowRecord): Promise<string | null> {
    const params = { follow_id: id, page_size: 1 }
    if (type === CUSTOMER) {
      const { records } = await this.#client.follow.customerList(params).page()
      return records[0]?.external_user_name ?? null
    }
    const { records } = await this.#client.follow.opportunityList(params).page()
    return records[0]?.opportunity_name ?? null
  }
}
