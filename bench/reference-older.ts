import type { Json } from '../test/oracle/follow-list.ts'

/** The conditions of customer/list and opportunity/list (docs/rules.md O1-O6); ids as text. */
export interface OlderFilter {
  readonly user_id?: string
  readonly external_user_id?: string
  readonly opportunity_id?: string
  /** Seconds. */
  readonly start_time?: number
  readonly end_time?: number
}

/** A body of customer/list or opportunity/list. */
export interface OlderBody extends OlderFilter {
  readonly current_index: number
  readonly page_size: number
}

interface Entry {
  readonly id: bigint
  readonly createMs: number
  readonly type: number
  readonly userId: string
  readonly externalId: string | null
  readonly businessId: string
}

const CUSTOMER = 1
const OPPORTUNITY = 3
const CLUE = 4

const TYPES = { 'customer/list': [CUSTOMER, CLUE], 'opportunity/list': [OPPORTUNITY] } as const

export type OlderList = keyof typeof TYPES

/** What the two older lists must answer, over the lines of a bundle. A question looks at every record. */
export class OlderReference {
  readonly #entries: Entry[] = []
  #sorted: Record<OlderList, Entry[]> | undefined
  /** One of equal texts, so that each is held once. */
  readonly #texts = new Map<string, string>()

  take(line: string, fields: Json): void {
    if (fields.kind !== 'follow' || fields.system) return
    const linked = (fields.target as Json).external_id as string | null | undefined
    const type = fields.business_type as number
    this.#entries.push({
      // Read from the text: 19 digits do not fit a double.
      id: BigInt(/"id":(\d+)/.exec(line)?.[1] ?? ''),
      createMs: fields.create_time as number,
      type,
      userId: this.#text(fields.follow_user_id as string),
      externalId: this.#text(linked ?? (type === CUSTOMER ? (fields.business_id as string) : null)),
      businessId: this.#text(fields.business_id as string),
    })
  }

  #text<T extends string | null>(text: T): T {
    if (text === null) return text
    if (!this.#texts.has(text)) this.#texts.set(text, text)
    return this.#texts.get(text) as T
  }

  /** A record of a list, 0 the newest. */
  at(list: OlderList, place: number): Entry {
    return this.#listed(list)[place] as Entry
  }

  size(list: OlderList): number {
    return this.#listed(list).length
  }

  #listed(list: OlderList): Entry[] {
    this.#sorted ??= Object.fromEntries(
      Object.entries(TYPES).map(([name, types]) => [
        name,
        this.#entries
          .filter(({ type }) => (types as readonly number[]).includes(type))
          .sort((a, b) => b.createMs - a.createMs || (a.id < b.id ? 1 : -1)),
      ]),
    ) as Record<OlderList, Entry[]>
    return this.#sorted[list]
  }

  totalOf(list: OlderList, filter: OlderFilter): number {
    return this.#found(list, filter).length
  }

  idsOf(list: OlderList, body: OlderBody): bigint[] {
    const start = (body.current_index - 1) * body.page_size
    return this.#found(list, body)
      .slice(start, start + body.page_size)
      .map(({ id }) => id)
  }

  #found(list: OlderList, filter: OlderFilter): Entry[] {
    const { user_id: user, external_user_id: external, opportunity_id: opportunity } = filter
    const { start_time: start = 0, end_time: end = Number.POSITIVE_INFINITY } = filter
    return this.#listed(list).filter(
      ({ createMs, userId, externalId, businessId }) =>
        (user === undefined || userId === user) &&
        (external === undefined || externalId === external) &&
        (opportunity === undefined || businessId === opportunity) &&
        Math.floor(createMs / 1000) >= start &&
        Math.floor(createMs / 1000) <= end,
    )
  }
}
