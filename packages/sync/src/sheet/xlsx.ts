import type { Writable } from 'node:stream'
import { blocksOf } from './blocks.ts'
import { columnsOf } from './columns.ts'
import type { Feed } from './feed.ts'
import type { FollowSheetRecord } from './record.ts'
import { Spool } from './spool.ts'
import { Survey } from './survey.ts'
import type { Column, SheetOptions, SheetSummary, SheetWriter } from './table.ts'
import { sheetColumns } from './xlsx-layout.ts'
import {
  contentTypesXml,
  linksPath,
  ROOT_RELATIONS_XML,
  sheetPath,
  workbookRelationsXml,
  workbookXml,
} from './xlsx-parts.ts'
import { XlsxRows } from './xlsx-rows.ts'
import { STYLES_XML } from './xlsx-styles.ts'
import { ZipStream } from './zip-stream.ts'

export interface SheetLimits {
  /** Rows of a sheet, headings included. */
  readonly rows: number
  /** Bytes of a sheet's XML. */
  readonly bytes: number
}

/** What a sheet can hold; larger files need ZIP64, which not every program reads when it was streamed. */
const LIMITS: SheetLimits = { rows: 1_048_576, bytes: 3_500_000_000 }

/**
 * Office Open XML: texts are written into the cells themselves, because a table of shared strings would have to stay in memory
 * until the end. Records wait in a temporary file until all are known: whether a column has numbers only, how wide it is, and
 * how many attachments there are, stands before the first row or decides its cells.
 */
export function openXlsx(stream: Writable, options: SheetOptions, limits = LIMITS): SheetWriter {
  return new XlsxWriter(stream, options, limits)
}

class XlsxWriter implements SheetWriter {
  readonly #zip: ZipStream
  readonly #options: SheetOptions
  readonly #limits: SheetLimits
  readonly #columns: readonly Column[]
  readonly #survey: Survey
  #spool: Spool | undefined
  #count = 0

  constructor(stream: Writable, options: SheetOptions, limits: SheetLimits) {
    this.#zip = new ZipStream(stream)
    this.#options = options
    this.#limits = limits
    this.#columns = columnsOf(options)
    this.#survey = new Survey(this.#columns, options)
    // In this order programs recognize the file by its first bytes.
    this.#zip.addText('_rels/.rels', ROOT_RELATIONS_XML)
    this.#zip.addText('xl/styles.xml', STYLES_XML)
  }

  async write(records: readonly FollowSheetRecord[]): Promise<void> {
    if (this.#zip.failure) throw this.#zip.failure
    this.#spool ??= await Spool.open(this.#options.scratch)
    for (const record of records) this.#survey.note(record)
    this.#count += records.length
    await this.#spool.write(records)
  }

  async end(onProgress: () => void = () => {}): Promise<SheetSummary> {
    await using spool = this.#spool
    const columns = sheetColumns(this.#columns, this.#options, this.#survey, this.#count)
    const rows = new XlsxRows(columns, this.#options.raw)
    const sheets = new XlsxSheets(this.#zip, rows, this.#limits)
    for await (const records of spool?.read() ?? []) {
      onProgress()
      await sheets.write(records)
    }
    await sheets.end()
    const { shortened, unlinked } = rows
    const textColumns = columns.filter(({ isAsTexts }) => isAsTexts).map(({ heading }) => heading)
    return { rows: this.#count, shortened, unlinked, textColumns }
  }
}

/** Writes rows into as many sheets as they need, and what a workbook has beside them. */
class XlsxSheets {
  readonly #zip: ZipStream
  readonly #rows: XlsxRows
  readonly #limits: SheetLimits
  /** The filtered ranges of the sheets that are complete. */
  readonly #ranges: string[] = []
  #feed: Feed
  #lastRow = 1
  #bytes = 0
  /** What stands before the next text: the head of a sheet of which nothing is written yet. */
  #head = ''

  constructor(zip: ZipStream, rows: XlsxRows, limits: SheetLimits) {
    this.#zip = zip
    this.#rows = rows
    this.#limits = limits
    this.#feed = this.#openSheet()
  }

  async write(records: readonly FollowSheetRecord[]): Promise<void> {
    let from = 0
    while (from < records.length) {
      if (this.#isFull) {
        await this.#closeSheet()
        this.#feed = this.#openSheet()
      }
      const part = records.slice(from, from + this.#limits.rows - this.#lastRow)
      from += part.length
      for (const block of blocksOf(this.#xmlOf(part))) await this.#put(block)
    }
  }

  async end(): Promise<void> {
    await this.#closeSheet()
    const sheets = this.#ranges.length
    this.#zip.addText('xl/workbook.xml', workbookXml(this.#ranges))
    this.#zip.addText('xl/_rels/workbook.xml.rels', workbookRelationsXml(sheets))
    this.#zip.addText('[Content_Types].xml', contentTypesXml(sheets))
    await this.#zip.end()
  }

  get #isFull(): boolean {
    return this.#lastRow >= this.#limits.rows || this.#bytes >= this.#limits.bytes
  }

  *#xmlOf(records: readonly FollowSheetRecord[]): Generator<string> {
    for (const record of records) yield this.#rows.row(record, ++this.#lastRow)
  }

  #openSheet(): Feed {
    this.#lastRow = 1
    this.#bytes = 0
    this.#head = this.#rows.head()
    return this.#zip.openFile(`xl/${sheetPath(this.#ranges.length)}`)
  }

  async #closeSheet(): Promise<void> {
    await this.#put(this.#rows.tail(this.#lastRow))
    this.#feed.close()
    const links = this.#rows.linksXml()
    if (links !== undefined) this.#zip.addText(`xl/${linksPath(this.#ranges.length)}`, links)
    this.#ranges.push(this.#rows.range(this.#lastRow))
  }

  async #put(xml: string): Promise<void> {
    const bytes = Buffer.from(this.#head + xml)
    this.#head = ''
    this.#bytes += bytes.length
    await this.#feed.put(bytes)
  }
}
