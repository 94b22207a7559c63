import type { FollowSheetRecord } from './record.ts'
import type { Column, SheetOptions } from './table.ts'
import { type Cell, cellText, heldMoment, heldNumber } from './values.ts'

/** What must be known of all records before the first row is written. */
export class Survey {
  readonly #columns: readonly Column[]
  readonly #options: SheetOptions
  readonly #longest: number[]
  readonly #asTexts: boolean[]
  #attachments = 0

  constructor(columns: readonly Column[], options: SheetOptions) {
    this.#columns = columns
    this.#options = options
    this.#longest = columns.map(() => 0)
    this.#asTexts = columns.map(() => false)
  }

  note(record: FollowSheetRecord): void {
    for (const [index, column] of this.#columns.entries()) {
      const { kind, width } = column
      const isTyped = (kind === 'number' || kind === 'time') && this.#asTexts[index] === false
      const longest = this.#longest[index] as number
      if (longest >= width && !isTyped) continue
      const cell = column.value(record, this.#options)
      if (cell === null || cell === '') continue
      if (isTyped && !isHeld(column, cell)) this.#asTexts[index] = true
      this.#longest[index] = Math.max(longest, widthOf(cellText(cell), width))
    }
    this.#attachments = Math.max(this.#attachments, record.attachment_list?.length ?? 0)
  }

  /** Width of the longest line of a column, in digits, as far as the column can be that wide; 0: it is empty. */
  longest(index: number): number {
    return this.#longest[index] as number
  }

  /** Whether a column of numbers or moments has something that a cell of its kind would not hold. */
  isAsTexts(index: number): boolean {
    return this.#asTexts[index] as boolean
  }

  /** The most attachments of one record. */
  get attachments(): number {
    return this.#attachments
  }
}

function isHeld({ kind }: Column, cell: Exclude<Cell, null>): boolean {
  if (typeof cell !== 'string') return heldMoment(cell) !== undefined
  return kind === 'number' && heldNumber(cell) !== undefined
}

/** Width of the longest line of a text, in digits, counted up to `most`. */
export function widthOf(text: string, most = Number.POSITIVE_INFINITY): number {
  let longest = 0
  let width = 0
  for (let index = 0; index < text.length && longest < most; index++) {
    const unit = text.charCodeAt(index)
    if (unit === LINE_FEED) width = 0
    else width += unitWidth(unit)
    if (width > longest) longest = width
  }
  return Math.min(longest, most)
}

/** Lines that a text takes in a column of so many digits. */
export function linesIn(text: string, width: number, most: number): number {
  let lines = 1
  let used = 0
  for (let index = 0; index < text.length && lines < most; index++) {
    const unit = text.charCodeAt(index)
    const own = unitWidth(unit)
    if (unit === LINE_FEED) {
      lines++
      used = 0
    } else if (used + own > width) {
      lines++
      used = own
    } else used += own
  }
  return lines
}

const LINE_FEED = 0x0a
/** Where scripts with characters of double width begin: Hangul, then CJK, kana and full-width forms. */
const WIDE = 0x1100

/** Half of a surrogate pair is one digit wide, which makes the pair as wide as a CJK character. */
function unitWidth(unit: number): number {
  return unit >= WIDE && !(unit >= 0xd800 && unit <= 0xdfff) ? 2 : 1
}
