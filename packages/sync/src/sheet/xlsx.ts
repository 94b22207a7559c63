import type { Writable } from 'node:stream'
import { blocksOf } from './blocks.ts'
import type { Feed } from './feed.ts'
import type { FollowSheetRecord } from './record.ts'
import type { SheetOptions, SheetSummary, SheetWriter } from './table.ts'
import {
  contentTypesXml,
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
 * Office Open XML, streamed: texts are written into the cells themselves, because a table of shared strings would have to stay
 * in memory until the end.
 */
export function openXlsx(stream: Writable, options: SheetOptions, limits = LIMITS): SheetWriter {
  return new XlsxWriter(stream, options, limits)
}

class XlsxWriter implements SheetWriter {
  readonly #zip: ZipStream
  readonly #rows: XlsxRows
  readonly #limits: SheetLimits
  /** The filtered ranges of the sheets that are complete. */
  readonly #ranges: string[] = []
  #feed: Feed
  #lastRow = 1
  #bytes = 0
  #count = 0
  /** What stands before the next text: the head of a sheet of which nothing is written yet. */
  #head = ''

  constructor(stream: Writable, options: SheetOptions, limits: SheetLimits) {
    this.#zip = new ZipStream(stream)
    this.#rows = new XlsxRows(options)
    this.#limits = limits
    // In this order programs recognize the file by its first bytes.
    this.#zip.addText('_rels/.rels', ROOT_RELATIONS_XML)
    this.#zip.addText('xl/styles.xml', STYLES_XML)
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

  async end(): Promise<SheetSummary> {
    await this.#closeSheet()
    const sheets = this.#ranges.length
    this.#zip.addText('xl/workbook.xml', workbookXml(this.#ranges))
    this.#zip.addText('xl/_rels/workbook.xml.rels', workbookRelationsXml(sheets))
    this.#zip.addText('[Content_Types].xml', contentTypesXml(sheets))
    await this.#zip.end()
    return { rows: this.#count, shortened: this.#rows.shortened }
  }

  get #isFull(): boolean {
    return this.#lastRow >= this.#limits.rows || this.#bytes >= this.#limits.bytes
  }

  *#xmlOf(records: readonly FollowSheetRecord[]): Generator<string> {
    for (const record of records) {
      this.#count++
      yield this.#rows.row(record, ++this.#lastRow)
    }
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
    this.#ranges.push(this.#rows.range(this.#lastRow))
  }

  async #put(xml: string): Promise<void> {
    const bytes = Buffer.from(this.#head + xml)
    this.#head = ''
    this.#bytes += bytes.length
    await this.#feed.put(bytes)
  }
}
