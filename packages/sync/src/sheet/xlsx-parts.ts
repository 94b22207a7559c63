/** The parts of a workbook beside its sheets and styles. */

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006'
const DOCUMENT = 'http://schemas.openxmlformats.org/officeDocument/2006'
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

/** Names of sheets. */
const SHEET_NAME = '跟进'

export const ROOT_RELATIONS_XML = relations([['officeDocument', 'xl/workbook.xml']])

/** @param index from 0 */
export function sheetPath(index: number): string {
  return `worksheets/sheet${index + 1}.xml`
}

/** @param index from 0 */
export function linksPath(index: number): string {
  return `worksheets/_rels/sheet${index + 1}.xml.rels`
}

/** @param ranges the filtered range of each sheet, which Excel also wants as a hidden name */
export function workbookXml(ranges: readonly string[]): string {
  const sheets = ranges.map((_, index) => {
    const id = index + 1
    return `<sheet name="${sheetName(index)}" sheetId="${id}" r:id="rId${id}"/>`
  })
  // The first row is printed on every page.
  const names = ranges.map(
    (range, index) =>
      `<definedName name="_xlnm._FilterDatabase" localSheetId="${index}" hidden="1">` +
      `'${sheetName(index)}'!${range}</definedName>` +
      `<definedName name="_xlnm.Print_Titles" localSheetId="${index}">'${sheetName(index)}'!$1:$1</definedName>`,
  )
  return (
    `${XML}<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="${DOCUMENT}/relationships">` +
    `<bookViews><workbookView activeTab="0"/></bookViews>` +
    `<sheets>${sheets.join('')}</sheets><definedNames>${names.join('')}</definedNames></workbook>`
  )
}

export function workbookRelationsXml(sheets: number): string {
  const targets = Array.from({ length: sheets }, (_, index) => ['worksheet', sheetPath(index)] as const)
  return relations([...targets, ['styles', 'styles.xml']])
}

export function contentTypesXml(sheets: number): string {
  const parts = [
    ['/xl/workbook.xml', 'sheet.main'],
    ['/xl/styles.xml', 'styles'],
    ...Array.from({ length: sheets }, (_, index) => [`/xl/${sheetPath(index)}`, 'worksheet']),
  ]
  const overrides = parts.map(
    ([path, type]) => `<Override PartName="${path}" ContentType="${TYPE}.${type}+xml"/>`,
  )
  return (
    `${XML}<Types xmlns="${PACKAGE}/content-types">` +
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    `<Default Extension="xml" ContentType="application/xml"/>${overrides.join('')}</Types>`
  )
}

function sheetName(index: number): string {
  return index === 0 ? SHEET_NAME : `${SHEET_NAME}${index + 1}`
}

function relations(targets: readonly (readonly [type: string, target: string])[]): string {
  const entries = targets.map(
    ([type, target], index) =>
      `<Relationship Id="rId${index + 1}" Type="${DOCUMENT}/relationships/${type}" Target="${target}"/>`,
  )
  return `${XML}<Relationships xmlns="${PACKAGE}/relationships">${entries.join('')}</Relationships>`
}
