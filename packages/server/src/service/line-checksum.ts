import { hash } from 'node:crypto'
import { digestChecksum } from 'genjin-record'

/** The checksum of one line (G5): of a record, or of a bundle. */
export function lineChecksum(line: string): bigint {
  return digestChecksum(hash('sha256', line, 'hex'))
}
