import {
  type Directory,
  idText,
  type Json,
  type Listable,
  type ListRequest,
  listedRecord,
  listPage,
  newestFirst,
} from '../oracle/follow-list.ts'

/** A record as the change feed has it. */
export type Whole = Listable & Readonly<Json>

/** A change as the feed answers it. */
export interface Change {
  readonly seq: number
  readonly op: string
  readonly record: Whole
}

/** From the first to the last of it. */
export type Span = readonly [number, number]

/** A record of an answer, as its JSON text. */
export interface ListedRecord {
  readonly id: string
  readonly text: string
}

/** A list that was asked for, and what was known to be written when. */
export interface Read {
  readonly request: ListRequest
  readonly answer: { readonly total: number; readonly records: readonly ListedRecord[] }
  /** When it was sent and answered, by a clock that counts events. */
  readonly sent: number
  readonly answered: number
  /** The newest change surely committed when it was sent, and the newest that can have been when the answer was there. */
  readonly seqs: Span
  /** The same for states of the directory. */
  readonly states: Span
}

export interface History {
  /** All changes from the first on. */
  readonly changes: readonly Change[]
  /** Changes of one transaction, by the first and the last: nobody sees what is between. */
  readonly together: readonly Span[]
  readonly directories: readonly Directory[]
}

/**
 * Finds for each read a state of the company that it can have been answered from: not before a write that was acknowledged
 * when it was sent, nor before the state that an earlier read has shown; and before any write that was sent after its answer.
 */
export function checkReads(history: History, reads: readonly Read[]) {
  const fits = fittingStates(history, reads)
  const bySending = [...reads].sort((a, b) => a.sent - b.sent)
  const byAnswer = [...reads].sort((a, b) => a.answered - b.answered)
  const chosen = new Map<Read, number>()
  const wrong: { read: Read; floor: number }[] = []
  let ended = 0
  /** The state that reads which have ended have shown at least. */
  let floor = 0
  for (const read of bySending) {
    for (; (byAnswer[ended] as Read).answered < read.sent; ended++) {
      floor = Math.max(floor, chosen.get(byAnswer[ended] as Read) ?? 0)
    }
    // The earliest will do: it asks the least of those that come later.
    const seq = fits.get(read)?.find((fitting) => fitting >= floor)
    if (seq === undefined) wrong.push({ read, floor })
    else chosen.set(read, seq)
  }
  const widths = reads.map(({ seqs: [low, high] }) => high - low + 1)
  const width = widths.reduce((sum, each) => sum + each, 0) / Math.max(1, widths.length)
  return {
    /** States (changes) in which an answer could be right, on average and at most. */
    window: { mean: Math.round(10 * width) / 10, most: Math.max(0, ...widths) },
    /** Records at the end. */
    records: history.changes.reduce(applied, []).length,
    /** What is wrong, for people; empty when every read is explained. */
    wrong: wrong.slice(0, 3).map(({ read, floor }) => explain(history, read, floor)),
    wrongs: wrong.length,
  }
}

/** Read → the states in its window that its answer is right for, earliest first. */
function fittingStates(history: History, reads: readonly Read[]): Map<Read, number[]> {
  const fits = new Map<Read, number[]>(reads.map((read) => [read, []]))
  const coming = [...reads].sort((a, b) => b.seqs[0] - a.seqs[0])
  let open = new Set<Read>()
  eachState(history, (seq, records) => {
    while (coming.length > 0 && (coming.at(-1) as Read).seqs[0] <= seq) open.add(coming.pop() as Read)
    open = new Set([...open].filter(({ seqs }) => seqs[1] >= seq))
    for (const read of open) if (fitsState(history, read, records)) fits.get(read)?.push(seq)
  })
  return fits
}

/** Goes through all states that anybody could see, from the empty company on. */
function eachState(
  { changes, together }: History,
  visit: (seq: number, records: readonly Whole[]) => void,
): void {
  const hidden = new Set(
    together.flatMap(([first, last]) => Array.from({ length: last - first }, (_, index) => first + index)),
  )
  let records: readonly Whole[] = []
  visit(0, records)
  for (const change of changes) {
    records = applied(records, change)
    if (!hidden.has(change.seq)) visit(change.seq, records)
  }
}

/** In order: each change then sorts what is nearly sorted. */
function applied(records: readonly Whole[], { op, record }: Change): readonly Whole[] {
  const id = idText(record.id)
  const others = records.filter((each) => idText(each.id) !== id)
  return op === 'delete' ? others : [...others, record].sort(newestFirst)
}

function directoriesOf({ directories }: History, [low, high]: Span): readonly Directory[] {
  return directories.slice(low, high + 1)
}

function fitsState(history: History, { request, answer, states }: Read, records: readonly Whole[]): boolean {
  return directoriesOf(history, states).some((directory) => {
    const expected = listPage(records, request, directory)
    return (
      expected.total === answer.total &&
      expected.records.length === answer.records.length &&
      expected.records.every((record, index) => {
        const { id, text } = answer.records[index] as ListedRecord
        return idText(record.id) === id && listedText(record, directory) === text
      })
    )
  })
}

const listedTexts = new WeakMap<Directory, WeakMap<Whole, string>>()

/** A record as a list must show it: asked for again and again, and made once. */
function listedText(record: Whole, directory: Directory): string {
  const texts = listedTexts.get(directory) ?? new WeakMap<Whole, string>()
  listedTexts.set(directory, texts)
  const text = texts.get(record) ?? JSON.stringify(listedRecord(record, record.system === true, directory))
  texts.set(record, text)
  return text
}

/** Why a read is wrong: what was asked, when, what was answered, and what would have been nearest. */
function explain(history: History, read: Read, floor: number): string {
  const { request, answer, seqs, states } = read
  const elsewhere: number[] = []
  let nearest: { seq: number; off: number; total: number; ids: string[] } | undefined
  const ids = answer.records.map(({ id }) => id)
  eachState(history, (seq, records) => {
    if (seq < seqs[0] || seq > seqs[1]) {
      if (fitsState(history, { ...read, states: [0, history.directories.length] }, records))
        elsewhere.push(seq)
      return
    }
    for (const directory of directoriesOf(history, states)) {
      const expected = listPage(records, request, directory)
      const theirs = expected.records.map(({ id }) => idText(id))
      const off = Math.abs(expected.total - answer.total) + differing(ids, theirs)
      if (!nearest || off < nearest.off) nearest = { seq, off, total: expected.total, ids: theirs }
    }
  })
  return [
    `${request.system ? 'listForSystem' : 'list'} ${JSON.stringify(request.body)}`,
    `  asked when change ${seqs[0]} was there, answered when none after ${seqs[1]} can have been; directory ${states.join(' to ')}`,
    `  reads that had ended before have shown change ${floor}`,
    `  answered: total ${answer.total}, ${ids.join(' ')}`,
    `  nearest, of change ${nearest?.seq}: total ${nearest?.total}, ${nearest?.ids.join(' ')}`,
    ...(nearest?.off === 0 ? ['  (it differs in what the records say, or is older than the floor)'] : []),
    elsewhere.length > 0
      ? `  it would be right for change ${spanText(elsewhere)}`
      : '  it is right for no state there ever was',
  ].join('\n')
}

function spanText(seqs: readonly number[]): string {
  return seqs.length > 6 ? `${seqs.slice(0, 3).join(', ')} … ${seqs.at(-1)}` : seqs.join(', ')
}

function differing(a: readonly string[], b: readonly string[]): number {
  const longest = Math.max(a.length, b.length)
  return Array.from({ length: longest }, (_, index) => index).filter((index) => a[index] !== b[index]).length
}
