import { headingsOf } from './columns.ts'
import { attachmentText, attachmentUrl } from './links.ts'
import type { FollowSheetRecord } from './record.ts'
import { type Survey, widthOf } from './survey.ts'
import type { Column, SheetOptions } from './table.ts'
import type { Cell } from './values.ts'

/** A column as it stands in the sheet. */
export interface SheetColumn {
  readonly heading: string
  readonly kind: Column['kind'] | 'link'
  readonly width: number
  /** Empty in all rows: there for programs, not in the way of people. */
  readonly isHidden: boolean
  /** Numbers or moments one of which a cell would not hold: all are texts, so that the column has one kind. */
  readonly isAsTexts: boolean
  value(record: FollowSheetRecord): Cell
  /** The address that a click on the cell opens. */
  url?(record: FollowSheetRecord): string | undefined
}

/** Room for the arrow of the filter beside a heading, and around a text. */
const ARROW = 4
const MARGIN = 2
const LEAST_WIDTH = 8
/** Widest heading before it is wrapped. */
const MOST_HEADING = 24

/** The columns of the sheet, as wide as what stands in them, and one for each attachment of the record that has most. */
export function sheetColumns(
  columns: readonly Column[],
  options: SheetOptions,
  survey: Survey,
  rows: number,
): SheetColumn[] {
  const headings = headingsOf(columns, options)
  const isForPeople = options.headings === 'zh'
  return columns.flatMap((column, index): SheetColumn[] => {
    const heading = headings[index] as string
    if (column.kind === 'links' && isForPeople && survey.attachments > 0) {
      return attachmentColumns(heading, survey.attachments, headings)
    }
    const longest = survey.longest(index)
    const needed = Math.max(LEAST_WIDTH, Math.min(widthOf(heading), MOST_HEADING) + ARROW, longest + MARGIN)
    return [
      {
        heading,
        kind: column.kind,
        width: Math.min(needed, Math.max(column.width, MOST_HEADING + ARROW)),
        isHidden: isForPeople && rows > 0 && longest === 0,
        isAsTexts: survey.isAsTexts(index),
        value: (record) => column.value(record, options),
      },
    ]
  })
}

const LINK_WIDTH = 24

function attachmentColumns(heading: string, count: number, headings: readonly string[]): SheetColumn[] {
  const taken = new Set(headings)
  return Array.from({ length: count }, (_, index) => {
    const of = (record: FollowSheetRecord) => record.attachment_list?.[index]
    let own = index === 0 ? heading : `${heading}${index + 1}`
    // A custom field can be called so.
    while (index > 0 && taken.has(own)) own = `${own}（链接）`
    return {
      heading: own,
      kind: 'link',
      width: LINK_WIDTH,
      isHidden: false,
      isAsTexts: false,
      value: (record) => {
        const attachment = of(record)
        return attachment ? attachmentText(attachment) : null
      },
      url: (record) => {
        const attachment = of(record)
        return attachment && attachmentUrl(attachment)
      },
    }
  })
}
