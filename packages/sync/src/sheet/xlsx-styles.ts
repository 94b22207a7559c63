import { type HeldNumber, MOST_DECIMALS, type MomentForm } from './values.ts'

/**
 * The styles of the cells. `quotePrefix` is how Excel marks text that was entered with an apostrophe: it stays text when the
 * cell is edited. Ids have the text format, so that editing does not round them.
 */
export const STYLE = {
  text: 0,
  quotedText: 1,
  id: 2,
  quotedId: 3,
  day: 4,
  minute: 5,
  second: 6,
  millisecond: 7,
  heading: 8,
  quotedHeading: 9,
  link: 10,
  quotedLink: 11,
  exponent: 12,
  /** Numbers without decimals; those with one, two, … follow. */
  number: 13,
} as const satisfies Readonly<Record<MomentForm, number>> & Readonly<Record<string, number>>

/** The style that shows a number with the digits that were given. */
export function numberStyle({ decimals }: HeldNumber): number {
  return decimals === undefined ? STYLE.exponent : STYLE.number + decimals
}

const GENERAL = 0
const TEXT_FORMAT = 49
/** The first number that a workbook may give a format of its own. */
const OWN_FORMAT = 164

const MOMENTS: Readonly<Record<MomentForm, string>> = {
  day: 'yyyy\\-mm\\-dd',
  minute: 'yyyy\\-mm\\-dd\\ hh:mm',
  second: 'yyyy\\-mm\\-dd\\ hh:mm:ss',
  millisecond: 'yyyy\\-mm\\-dd\\ hh:mm:ss.000',
}
const DECIMALS = Array.from({ length: MOST_DECIMALS + 1 }, (_, decimals) =>
  decimals === 0 ? '0' : `0.${'0'.repeat(decimals)}`,
)
const OWN_FORMATS = [...Object.values(MOMENTS), ...DECIMALS]

const [PLAIN_FONT, HEADING_FONT, LINK_FONT] = [0, 1, 2]
const [NO_FILL, HEADING_FILL] = [0, 2]

const QUOTED = 'quotePrefix="1"'
/** In rows that are high enough for them, long texts are read from the top left. */
const WRAPPED = 'horizontal="left" vertical="top" wrapText="1"'
const CENTERED = 'horizontal="left" vertical="center" wrapText="1"'
/** Not wrapped: a program would break a number that just fits. */
const NUMERIC = 'horizontal="right" vertical="top" indent="1"'
const MOMENT = 'horizontal="left" vertical="top"'

const heading = (attributes = '') => format(GENERAL, CENTERED, attributes, HEADING_FONT, HEADING_FILL)
const link = (attributes = '') => format(GENERAL, WRAPPED, attributes, LINK_FONT)

const CELL_FORMATS: readonly string[] = [
  format(GENERAL, WRAPPED),
  format(GENERAL, WRAPPED, QUOTED),
  format(TEXT_FORMAT, WRAPPED),
  format(TEXT_FORMAT, WRAPPED, QUOTED),
  ...Object.values(MOMENTS).map((_, index) => format(OWN_FORMAT + index, MOMENT)),
  heading(),
  heading(QUOTED),
  link(),
  link(QUOTED),
  format(GENERAL, NUMERIC),
  ...DECIMALS.map((_, index) => format(OWN_FORMAT + Object.keys(MOMENTS).length + index, NUMERIC)),
]

function format(number: number, alignment: string, attributes = '', font = PLAIN_FONT, fill = NO_FILL) {
  return (
    `<xf numFmtId="${number}" fontId="${font}" fillId="${fill}" borderId="0" xfId="0" applyNumberFormat="1" ` +
    `applyFont="1" applyFill="1" applyAlignment="1" ${attributes}><alignment ${alignment}/></xf>`
  )
}

const font = (before = '', color = '') =>
  `<font>${before}<sz val="11"/>${color}<name val="等线"/><family val="2"/></font>`
const formats = OWN_FORMATS.map(
  (code, index) => `<numFmt numFmtId="${OWN_FORMAT + index}" formatCode="${code}"/>`,
)

export const STYLES_XML = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">\
<numFmts count="${formats.length}">${formats.join('')}</numFmts>\
<fonts count="3">${font()}${font('<b/>')}${font('<u/>', '<color rgb="FF0563C1"/>')}</fonts>\
<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>\
<fill><patternFill patternType="solid"><fgColor rgb="FFE7EDF5"/><bgColor indexed="64"/></patternFill></fill></fills>\
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
<cellXfs count="${CELL_FORMATS.length}">${CELL_FORMATS.join('')}</cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>\
</styleSheet>`
