/**
 * The styles of the cells. `quotePrefix` is how Excel marks text that was entered with an apostrophe: it stays text when the
 * cell is edited. Ids have the text format, so that editing does not round them.
 */
export const STYLE = {
  text: 0,
  quotedText: 1,
  id: 2,
  quotedId: 3,
  time: 4,
  heading: 5,
  quotedHeading: 6,
} as const

const TEXT_FORMAT = 49
const TIME_FORMAT = 164

const QUOTED = 'quotePrefix="1"'

const CELL_FORMATS: Readonly<Record<keyof typeof STYLE, string>> = {
  text: format(0),
  quotedText: format(0, QUOTED),
  id: format(TEXT_FORMAT),
  quotedId: format(TEXT_FORMAT, QUOTED),
  time: format(TIME_FORMAT),
  heading: format(0, 'applyFont="1"', 1),
  quotedHeading: format(0, `applyFont="1" ${QUOTED}`, 1),
}

/** Aligned to the top left and wrapped: in a row of fixed height the first line shows and nothing covers other cells. */
function format(number: number, attributes = '', font = 0): string {
  return (
    `<xf numFmtId="${number}" fontId="${font}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" ` +
    `applyAlignment="1" ${attributes}><alignment horizontal="left" vertical="top" wrapText="1"/></xf>`
  )
}

const font = (bold: string) => `<font>${bold}<sz val="11"/><name val="等线"/><family val="2"/></font>`
const formats = Object.values(CELL_FORMATS)

export const STYLES_XML = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">\
<numFmts count="1"><numFmt numFmtId="${TIME_FORMAT}" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>\
<fonts count="2">${font('')}${font('<b/>')}</fonts>\
<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>\
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
<cellXfs count="${formats.length}">${formats.join('')}</cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>\
</styleSheet>`
