export { Checksum, lineChecksum, recordLine, wholeRecordLine } from './checksum.ts'
export { parseExact } from './exact-json.ts'
