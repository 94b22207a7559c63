import { couldRun } from './harmless.ts'
import type { FollowSheetRecord } from './record.ts'
import { linesIn } from './survey.ts'
import { type Cell, cellText, heldMoment, heldNumber } from './values.ts'
import type { SheetColumn } from './xlsx-layout.ts'
import { numberStyle, STYLE } from './xlsx-styles.ts'
import { fitted, xmlAttribute, xmlText } from './xlsx-text.ts'

/** A line of text, and what is around it, in points; and the most that a row may have. */
const LINE_HEIGHT = 16
const ROW_MARGIN = 2
const MOST_HEIGHT = 409
const MOST_LINES = Math.floor((MOST_HEIGHT - ROW_MARGIN) / LINE_HEIGHT)

/** Links that Excel opens in a sheet. They are kept until it ends: 65,000 take about 20 MB. */
const MOST_LINKS = 65_000

/** Digits beside each other on a landscape page of A4 that is still well readable, at two thirds of the size. */
const PAGE_WIDTH = 220

interface Styles {
  readonly plain: number
  /** For text that a spreadsheet could run. */
  readonly quoted: number
}

const TEXT: Styles = { plain: STYLE.text, quoted: STYLE.quotedText }
const ID: Styles = { plain: STYLE.id, quoted: STYLE.quotedId }
const HEADING: Styles = { plain: STYLE.heading, quoted: STYLE.quotedHeading }
const LINK: Styles = { plain: STYLE.link, quoted: STYLE.quotedLink }

interface Link {
  readonly at: string
  readonly url: string
}

/** Builds the XML of one sheet after another, part by part. */
export class XlsxRows {
  readonly #columns: readonly SheetColumn[]
  readonly #raw: boolean
  /** A, B, … */
  readonly #letters: readonly string[]
  #links: Link[] = []
  #shortened = 0
  #unlinked = 0

  /** @param raw whether texts that a spreadsheet could run are left as they are */
  constructor(columns: readonly SheetColumn[], raw: boolean) {
    this.#columns = columns
    this.#raw = raw
    this.#letters = columns.map((_, index) => columnLetters(index))
  }

  /** Cells whose text was cut. */
  get shortened(): number {
    return this.#shortened
  }

  /** Attachments that have no link, because there was no room for more. */
  get unlinked(): number {
    return this.#unlinked
  }

  /** Everything before the rows, with the headings as row 1. */
  head(): string {
    this.#links = []
    const columns = this.#columns.map(({ width, isHidden }, index) => {
      const hidden = isHidden ? ' hidden="1"' : ''
      return `<col min="${index + 1}" max="${index + 1}" width="${width}"${hidden} customWidth="1"/>`
    })
    const cells = this.#columns.map(({ heading }, index) =>
      this.#textCell(`${this.#letters[index]}1`, heading, HEADING),
    )
    const lines = this.#columns.map(({ heading, width }) => linesIn(heading, width - 4, MOST_LINES))
    return (
      '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' +
      '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" ' +
      'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">' +
      '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews>' +
      '<sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' +
      '<selection pane="bottomLeft" activeCell="A2" sqref="A2"/></sheetView></sheetViews>' +
      `<sheetFormatPr defaultRowHeight="${LINE_HEIGHT}" customHeight="1"/><cols>${columns.join('')}</cols>` +
      `<sheetData><row r="1" ht="${heightOf(Math.max(...lines)) + 6}" customHeight="1">${cells.join('')}</row>`
    )
  }

  /**
   * As high as its texts, estimated: programs that have to measure a million rows do not show the first one for minutes.
   *
   * @param row from 2
   */
  row(record: FollowSheetRecord, row: number): string {
    let cells = ''
    let lines = 1
    for (let index = 0; index < this.#columns.length; index++) {
      const column = this.#columns[index] as SheetColumn
      const cell = column.value(record)
      if (cell === null || cell === '') continue
      const at = `${this.#letters[index]}${row}`
      cells += column.url
        ? this.#linkCell(at, cellText(cell), column.url(record))
        : this.#cell(at, column, cell)
      if (typeof cell === 'string' && lines < MOST_LINES) {
        lines = Math.max(lines, linesIn(cell, column.width - 1, MOST_LINES))
      }
    }
    return `<row r="${row}" ht="${heightOf(lines)}" customHeight="1">${cells}</row>`
  }

  /** Everything after the rows: filter, links, how it is printed, and the end of warnings that ids are numbers stored as text. */
  tail(lastRow: number): string {
    const range = `A1:${this.#letters.at(-1)}${lastRow}`
    const links = this.#links.map(({ at }, index) => `<hyperlink ref="${at}" r:id="rId${index + 1}"/>`)
    const width = this.#columns.reduce((sum, column) => sum + (column.isHidden ? 0 : column.width), 0)
    return (
      `</sheetData><autoFilter ref="${range}"/>` +
      (links.length > 0 ? `<hyperlinks>${links.join('')}</hyperlinks>` : '') +
      // Without lines a printed row cannot be followed across the page.
      '<printOptions gridLines="1"/><pageMargins left="0.4" right="0.4" top="0.4" bottom="0.6" header="0.3" footer="0.3"/>' +
      `<pageSetup paperSize="9" orientation="landscape" fitToWidth="${Math.ceil(width / PAGE_WIDTH)}" fitToHeight="0"/>` +
      '<headerFooter><oddFooter>&amp;C第 &amp;P 页，共 &amp;N 页</oddFooter></headerFooter>' +
      `<ignoredErrors><ignoredError sqref="${range}" numberStoredAsText="1"/></ignoredErrors></worksheet>`
    )
  }

  /** The addresses of the sheet's links; undefined when there are none. */
  linksXml(): string | undefined {
    if (this.#links.length === 0) return undefined
    const type = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink'
    const entries = this.#links.map(
      ({ url }, index) =>
        `<Relationship Id="rId${index + 1}" Type="${type}" Target="${xmlAttribute(url)}" TargetMode="External"/>`,
    )
    return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${entries.join('')}</Relationships>`
  }

  /** The filtered cells, as formulas name them. */
  range(lastRow: number): string {
    return `$A$1:$${this.#letters.at(-1)}$${lastRow}`
  }

  #cell(at: string, { kind, isAsTexts }: SheetColumn, cell: Exclude<Cell, null>): string {
    if (isAsTexts) return this.#textCell(at, cellText(cell), TEXT)
    if (typeof cell !== 'string') return `<c r="${at}" s="${STYLE[cell.form]}"><v>${heldMoment(cell)}</v></c>`
    const held = kind === 'number' ? heldNumber(cell) : undefined
    if (held) return `<c r="${at}" s="${numberStyle(held)}"><v>${held.value}</v></c>`
    return this.#textCell(at, cell, kind === 'id' ? ID : TEXT)
  }

  #linkCell(at: string, text: string, url: string | undefined): string {
    if (url === undefined) return this.#textCell(at, text, TEXT)
    if (this.#links.length < MOST_LINKS) {
      this.#links.push({ at, url })
      return this.#textCell(at, text, LINK)
    }
    this.#unlinked++
    return this.#textCell(at, text === url ? url : `${text} ${url}`, TEXT)
  }

  #textCell(at: string, text: string, styles: Styles): string {
    const shown = fitted(text)
    if (shown !== text) this.#shortened++
    const style = !this.#raw && couldRun(text) ? styles.quoted : styles.plain
    return `<c r="${at}" s="${style}" t="inlineStr"><is><t${spaceOf(shown)}>${xmlText(shown)}</t></is></c>`
  }
}

function heightOf(lines: number): number {
  return Math.min(MOST_HEIGHT, lines * LINE_HEIGHT + ROW_MARGIN)
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
