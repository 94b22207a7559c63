import { LRUCache } from 'lru-cache'
import { followTypeNames } from '../dictionary.ts'
import type { ReadTx } from '../port.ts'

/** Companies and, for each, follow types whose names are kept. */
const COMPANIES = 500
const TYPES = 1_000

interface Known {
  readonly revision: string
  readonly names: Map<string, string>
}

/** The names of follow types as a process knows them: each is read once in a revision of its company. */
export class TypeNames {
  readonly #known = new LRUCache<number, Known>({ max: COMPANIES })

  /** The names of these follow types (ids as text, '' for none) as JSON text, in the revision of the transaction. */
  async of(tx: ReadTx, revision: string, ids: Iterable<string>): Promise<ReadonlyMap<string, string>> {
    let known = this.#known.get(tx.corp)
    if (known?.revision !== revision || known.names.size > TYPES) {
      known = { revision, names: new Map([['', 'null']]) }
      this.#known.set(tx.corp, known)
    }
    const { names } = known
    const missing = [...new Set(ids)].filter((id) => !names.has(id))
    if (missing.length > 0) {
      const found = await followTypeNames(tx, missing.map(BigInt))
      for (const id of missing) names.set(id, JSON.stringify(found.get(BigInt(id)) ?? null))
    }
    return names
  }
}
