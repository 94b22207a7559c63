/** What every side of the wire has to compute alike. No dependency, no import: it runs in browsers too. */
export { characterCount, isLongerThan } from './characters.ts'
export { Checksum, digestChecksum, lineChecksum } from './checksum.ts'
export {
  exactText,
  type FieldType,
  type FieldValues,
  isEmpty,
  joinNames,
  type Moment,
  momentWall,
  type Option,
  optionName,
  readField,
} from './custom-field.ts'
export { encodingOf, fileText } from './file-text.ts'
export {
  bareInteger,
  isRawNumber,
  numberText,
  parseExact,
  parseExactPage,
  type RawNumber,
  rawNumber,
  toJson,
} from './json.ts'
export {
  isPostgresAddress,
  type PostgresAddress,
  PostgresAddressError,
  parsePostgresAddress,
  postgresOptions,
  postgresPlace,
} from './postgres-address.ts'
export {
  joinObjects,
  recordHead,
  recordLine,
  recordRest,
  recordTail,
  wholeRecordLine,
} from './record.ts'
export {
  addDays,
  isDay,
  isTimeZone,
  LAST_DAY,
  LAST_MS,
  nextDay,
  utcDay,
  wallText,
  Zone,
  zoneOf,
} from './zone.ts'
