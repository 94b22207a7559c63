import { parseExact, wholeRecordLine } from 'genjin-client'
import type { Change, ChangePage, FieldDefinition, Mirror, SourceDefinitions, WholeRecord } from 'genjin-sync'

/** Numbers from a seed: xorshift. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed * 2654435761 + 1
  }

  /** From 0 to below `end`. */
  below(end: number): number {
    let x = this.#state | 0
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x
    return (x >>> 0) % end
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }
}

/** Keys that are difficult as column names. `__proto__` can be a key in JSON. */
export const KEYS = [
  'map',
  'a',
  'A',
  'b"c',
  "O'Brien",
  '键',
  '键'.repeat(256),
  `${'键'.repeat(255)}。`,
  'x'.repeat(256),
  '',
  '?',
  '$1',
  '%I',
  '\n\t\\',
  '; DROP TABLE follow_up; --',
  '__proto__',
  'constructor',
  '1',
  '😀'.repeat(40),
  'İ',
  'ı',
  'id',
  "'",
  '`',
  '[x]',
]

/** JSON texts of values. */
const VALUES = [
  'null',
  'true',
  '""',
  '"文字"',
  '0',
  '-0',
  '1.0',
  '12.50',
  '1e400',
  '1E-400',
  '123456789012345678901234567890',
  '"12.5"',
  '"1e999999"',
  '"9999-99-99"',
  '"2025-02-30"',
  '"2025-01-15"',
  '"0000-01-01"',
  '"300000-01-01"',
  '"2025-01-15 24:00"',
  '"2025-01-15 08:30"',
  '1736913600123',
  '99999999999999',
  '8640000000000001',
  '"o1"',
  '{"id":"o2","name":"x"}',
  '7',
  '["o1","o2"]',
  '["o1",{"id":"o3"}]',
  '[]',
  '[null]',
  '{"b":1,"a":[1.10,{}]}',
  '"infinity"',
  '"NaN"',
  '"now"',
  '"\\u0007\\"\\\\\\u2028"',
  '"%s ? $1"',
  `"${'长'.repeat(3000)}"`,
]

const CONTENTS = [
  '已报价',
  '',
  '"; DROP TABLE follow_up; --\'',
  '多行\n\r\t\\',
  '😀\u2028\u0007',
  `长${'文'.repeat(20_000)}`,
]
const TYPES = ['text', 'number', 'date', 'datetime', 'single', 'multi'] as const
const OPTIONS = [
  [
    { id: 'o1', name: '一' },
    { id: 'o2', name: '二' },
  ],
  [
    { id: 'o1', name: '壹' },
    { id: '7', name: "七'" },
  ],
  [{ id: 'o2', name: '' }],
]

const START = Date.parse('2024-12-25T00:00:00Z')
const DAY_MS = 86_400_000

/** A source and its change feed, made up from a seed. */
export class FeedModel implements SourceDefinitions {
  readonly records = new Map<string, WholeRecord>()
  readonly followTypes = new Map([
    ['1', '拜访'],
    ['9007199254740993', '电话'],
  ])
  fields: FieldDefinition[] = []
  readonly #random: Random
  readonly #keys: readonly string[]
  #changes: Change[] = []
  #epoch = 0
  #made = 0

  constructor(seed: number, keys = KEYS) {
    this.#random = new Random(seed)
    this.#keys = keys
  }

  get length(): number {
    return this.#changes.length
  }

  /** Changes some follow-up. */
  change(): void {
    const random = this.#random
    const ids = [...this.records.keys()]
    if (ids.length === 0 || random.below(3) === 0) {
      this.#made++
      const id =
        random.below(4) === 0 ? String(9_007_199_254_740_993n + BigInt(this.#made)) : String(this.#made)
      this.#tell('create', this.#record(id, 1))
      return
    }
    const record = this.records.get(random.of(ids)) as WholeRecord
    const { id, version } = record
    if (random.below(3) > 0) this.#tell('update', this.#record(String(id), version + 1))
    else {
      const gone = { ...record, version: version + 1 }
      this.#tell('delete', gone)
      if (random.below(3) === 0) this.#tell('restore', { ...gone, version: version + 2 })
    }
  }

  /** Changes the definitions of custom fields. */
  redefine(): void {
    const random = this.#random
    const key = random.of(this.#keys)
    this.fields = this.fields.filter((field) => field.key !== key)
    if (random.below(5) === 0) return
    const type = random.of(TYPES)
    const options = type === 'single' || type === 'multi' ? random.of(OPTIONS) : null
    this.fields.push({ key, name: `名称${random.below(3)}`, type, options })
  }

  rename(): void {
    this.followTypes.set(this.#random.of([...this.followTypes.keys()]), `方式${this.#random.below(3)}`)
  }

  /** Resets the feed: cursors become invalid, deletions are forgotten, and seq starts at 1 again. */
  reset(): void {
    this.#epoch++
    const kept = this.#changes.filter(({ record }) => this.records.has(String(record.id)))
    this.#changes = kept.map((change, index) => ({ ...change, seq: index + 1 }))
    // A source from a backup: what it has is older than what was copied.
    for (const [id, record] of [...this.records].filter(() => this.#random.below(4) === 0)) {
      const last = this.#changes.findLastIndex((change) => String(change.record.id) === id)
      const older = { ...record, content: '备份', version: Math.max(1, record.version - 1) }
      this.#changes[last] = { ...(this.#changes[last] as Change), record: older }
      this.records.set(id, older)
    }
  }

  /** Undefined when the cursor is no longer valid (40930). */
  page(cursor: string | undefined, limit: number): (ChangePage & { has_more: boolean }) | undefined {
    const [epoch, from] = cursor === undefined ? [this.#epoch, 0] : cursor.split(':').map(Number)
    if (epoch !== this.#epoch || from === undefined) return undefined
    const records = this.#changes.slice(from, from + limit)
    const to = from + records.length
    return {
      records: records.map((change) => ({ ...change, record: this.named(change.record) })),
      cursor: `${epoch}:${to}`,
      has_more: to < this.#changes.length,
    }
  }

  /** With the current name of its follow type, as the feed answers it. */
  named(record: WholeRecord): WholeRecord {
    const follow_type_desc =
      record.follow_type === null ? null : (this.followTypes.get(String(record.follow_type)) ?? null)
    return { ...record, follow_type_desc }
  }

  #tell(op: Change['op'], record: WholeRecord): void {
    this.#changes.push({ op, record, seq: this.#changes.length + 1 })
    if (op === 'delete') this.records.delete(String(record.id))
    else this.records.set(String(record.id), record)
  }

  #record(id: string, version: number): WholeRecord {
    const random = this.#random
    const some = <T>(value: T): T | null => (random.below(2) === 0 ? value : null)
    const entries = Array.from(
      { length: random.below(4) },
      () => `${JSON.stringify(random.of(this.#keys))}:${random.of(VALUES)}`,
    )
    const time = START + random.below(12) * DAY_MS + random.below(DAY_MS)
    const files = [
      { cos_url: 'u', file_extension: null, material_id: null, name: '报价"单', type: 'file' },
      { cos_url: null, file_extension: 'png', material_id: '1', name: null, type: null },
    ]
    return {
      id,
      follow_user_id: random.of(['zhang', 'li', "o'x"]),
      content: random.of(CONTENTS),
      target: {
        contact_id: some('c'),
        external_id: some('wm"1'),
        company_id: some('公司'),
        chat_id: some(''),
        clue_id: some('?'),
        is_ai: some(random.below(2) === 0),
      },
      business_type: random.of([1, 3, 12]),
      business_id: random.of(['wm1', '商机', "'"]),
      follow_type: some(random.of(['1', '9007199254740993', '404'])),
      follow_type_desc: null,
      field_map: parseExact(`{${entries.join(',')}}`) as Record<string, unknown>,
      attachment_list: files.slice(random.below(3)),
      location: some({
        location_lat: some('31.2300'),
        location_lng: some('121'),
        location_address: some('路\n1'),
      }),
      follow_time: random.below(40) === 0 ? random.of([0, 253402300799999, 572_000_000_001]) : time,
      remind: some({
        is_remind: some(1),
        time: some(START + 1),
        before: parseExact(random.of(['null', '600000', '9007199254740993'])) as null,
        user_ids: random.of([[], ['zhang', '"']]),
        content: some('提醒'),
      }),
      system: random.below(4) === 0,
      title: some('标题'),
      stage_id: some('9007199254740993'),
      create_time: START - 1,
      update_time: START + version,
      version,
    }
  }
}

/** The line of a record as the feed answers it: that of its checksum, and the follow type's name. */
export function feedLine(record: WholeRecord): string {
  const line = wholeRecordLine(record as unknown as Record<string, unknown>)
  const at = line.indexOf(',"field_map":', line.indexOf('"follow_type":'))
  return `${line.slice(0, at)},"follow_type_desc":${JSON.stringify(record.follow_type_desc)}${line.slice(at)}`
}

/** The source that the killed process names when it opens its copy. */
export const WRITER = { id: 'writer', takes: async () => false, timeZone: 'Asia/Shanghai' }

/** A long feed that is the same in every process. */
export function longFeed(seed: number, changes: number, resets: number): FeedModel {
  const model = new FeedModel(seed)
  for (let change = 0; change < changes; change++) {
    model.change()
    if (change % 50 === 0) model.redefine()
  }
  for (let reset = 0; reset < resets; reset++) model.reset()
  return model
}

/** Reads the model's feed to its end, as the command does. */
export async function catchUp(mirror: Mirror, model: FeedModel, limit = 7): Promise<void> {
  await mirror.describe(model)
  for (;;) {
    const page = model.page(mirror.cursor, limit)
    if (!page) {
      await mirror.startResync()
      continue
    }
    await mirror.apply(page)
    if (!page.has_more) break
  }
  await mirror.finishResync()
  await mirror.settle()
}
