export { Checksum, recordChecksum, recordLine } from './checksum.ts'
export { parseExact } from './exact-json.ts'
