import { wallText } from 'genjin-record'
import { columnsOf, headingsOf } from './columns.ts'
import { couldRun } from './harmless.ts'
import type { FollowSheetRecord } from './record.ts'
import type { Column, SheetOptions } from './table.ts'
import type { Cell } from './values.ts'
import { STYLE } from './xlsx-styles.ts'
import { fitted, xmlText } from './xlsx-text.ts'

const DAY_MS = 86_400_000

/** 1970-01-01 as a spreadsheet's day. */
const EPOCH_DAY = 25_569

/** The days that a spreadsheet counts correctly: from 1900-03-01 (it has a 1900-02-29) to 9999-12-31. */
const FIRST_DAY = 61
const END_DAY = 2_958_466

/** One line, in points. Fixed: otherwise programs measure the text of a million rows before they show the first. */
const ROW_HEIGHT = 16

interface Styles {
  readonly plain: number
  /** For text that a spreadsheet could run. */
  readonly quoted: number
}

const TEXT: Styles = { plain: STYLE.text, quoted: STYLE.quotedText }
const ID: Styles = { plain: STYLE.id, quoted: STYLE.quotedId }
const HEADING: Styles = { plain: STYLE.heading, quoted: STYLE.quotedHeading }

/** Builds the XML of a sheet, part by part. */
export class XlsxRows {
  readonly #options: SheetOptions
  readonly #columns: readonly Column[]
  /** A, B, … */
  readonly #letters: readonly string[]
  #shortened = 0

  constructor(options: SheetOptions) {
    this.#options = options
    this.#columns = columnsOf(options)
    this.#letters = this.#columns.map((_, index) => columnLetters(index))
  }

  /** Cells whose text was cut. */
  get shortened(): number {
    return this.#shortened
  }

  /** Everything before the rows, with the headings as row 1. */
  head(): string {
    const widths = this.#columns.map(
      ({ width }, index) => `<col min="${index + 1}" max="${index + 1}" width="${width}" customWidth="1"/>`,
    )
    const headings = headingsOf(this.#columns, this.#options)
    const cells = headings.map((text, index) => this.#textCell(`${this.#letters[index]}1`, text, HEADING))
    return (
      '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' +
      '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews>' +
      '<sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' +
      '<selection pane="bottomLeft" activeCell="A2" sqref="A2"/></sheetView></sheetViews>' +
      `<sheetFormatPr defaultRowHeight="${ROW_HEIGHT}" customHeight="1"/><cols>${widths.join('')}</cols>` +
      `<sheetData><row r="1">${cells.join('')}</row>`
    )
  }

  /** @param row from 2 */
  row(record: FollowSheetRecord, row: number): string {
    let cells = ''
    for (let index = 0; index < this.#columns.length; index++) {
      const column = this.#columns[index] as Column
      const cell = column.value(record, this.#options)
      if (cell !== null && cell !== '') cells += this.#cell(`${this.#letters[index]}${row}`, column, cell)
    }
    return `<row r="${row}" ht="${ROW_HEIGHT}" customHeight="1">${cells}</row>`
  }

  /** Everything after the rows: a filter, and the end of warnings that ids are numbers stored as text. */
  tail(lastRow: number): string {
    const range = `A1:${this.#letters.at(-1)}${lastRow}`
    return (
      `</sheetData><autoFilter ref="${range}"/>` +
      `<ignoredErrors><ignoredError sqref="${range}" numberStoredAsText="1"/></ignoredErrors></worksheet>`
    )
  }

  /** The filtered cells, as formulas name them. */
  range(lastRow: number): string {
    return `$A$1:$${this.#letters.at(-1)}$${lastRow}`
  }

  #cell(at: string, { kind }: Column, cell: Exclude<Cell, null>): string {
    if (typeof cell === 'string') return this.#textCell(at, cell, kind === 'id' ? ID : TEXT)
    return kind === 'time' ? this.#timeCell(at, cell) : `<c r="${at}"><v>${cell}</v></c>`
  }

  #timeCell(at: string, wall: number): string {
    // Whole seconds: programs round fractions up when they show them.
    const day = (Math.floor(wall / 1000) * 1000) / DAY_MS + EPOCH_DAY
    if (day < FIRST_DAY || day >= END_DAY) return this.#textCell(at, wallText(wall), TEXT)
    return `<c r="${at}" s="${STYLE.time}"><v>${day}</v></c>`
  }

  #textCell(at: string, text: string, styles: Styles): string {
    const shown = fitted(text)
    if (shown !== text) this.#shortened++
    const style = !this.#options.raw && couldRun(text) ? styles.quoted : styles.plain
    return `<c r="${at}" s="${style}" t="inlineStr"><is><t${spaceOf(shown)}>${xmlText(shown)}</t></is></c>`
  }
}

/** Keeps programs from stripping spaces. */
function spaceOf(text: string): string {
  return /^\s|\s$|\s\s|[\t\n]/.test(text) ? ' xml:space="preserve"' : ''
}

/** @param index from 0 */
function columnLetters(index: number): string {
  const last = String.fromCharCode(65 + (index % 26))
  return index < 26 ? last : columnLetters(Math.floor(index / 26) - 1) + last
}
