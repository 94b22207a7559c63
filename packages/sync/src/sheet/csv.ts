import type { Writable } from 'node:stream'
import { LineWriter } from './blocks.ts'
import { columnsOf, headingsOf } from './columns.ts'
import { harmless } from './harmless.ts'
import type { SheetOptions, SheetWriter } from './table.ts'
import { cellText } from './values.ts'

/** Without it Excel reads the text in the system's code page, and Chinese is garbled. */
const BOM = '\ufeff'

/** What RFC 4180 wants quoted, what some programs take for a separator, and spaces that some strip. */
const QUOTED = /[",;\t\r\n]|^\s|\s$/

/** CSV of RFC 4180, in UTF-8 with BOM. */
export function openCsv(stream: Writable, options: SheetOptions): SheetWriter {
  const columns = columnsOf(options)
  const lineOf = (texts: readonly string[]) =>
    `${texts.map((text) => quoted(options.raw ? text : harmless(text))).join(',')}\r\n`
  const lines = new LineWriter(stream, BOM + lineOf(headingsOf(columns, options)))
  return {
    write: (records) =>
      lines.write(records, (record) =>
        lineOf(columns.map((column) => cellText(column.value(record, options)))),
      ),
    end: () => lines.end(),
  }
}

function quoted(text: string): string {
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
