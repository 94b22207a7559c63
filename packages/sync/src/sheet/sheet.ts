import type { Writable } from 'node:stream'
import { openCsv } from './csv.ts'
import { openNdjson } from './ndjson.ts'
import type { SheetOptions, SheetWriter } from './table.ts'
import { openXlsx } from './xlsx.ts'

export const SHEET_FORMATS = ['ndjson', 'csv', 'xlsx'] as const
export type SheetFormat = (typeof SHEET_FORMATS)[number]

const OPEN = { ndjson: openNdjson, csv: openCsv, xlsx: openXlsx }

export function openSheet(format: SheetFormat, stream: Writable, options: SheetOptions): SheetWriter {
  return OPEN[format](stream, options)
}
