import type { BundleKind } from 'genjin-contract'
import { Checksum } from 'genjin-record'
import { yieldToEventLoop } from '../../event-loop.ts'
import type { ReadTx } from '../../store/port.ts'
import { lineChecksum } from '../line-checksum.ts'
import { bundlePages, noLines } from './export.ts'

/** What a company holds: lines of its bundle by kind, and their checksum. */
export interface BundleSummary {
  readonly counts: Record<BundleKind, number>
  readonly checksums: Record<BundleKind, Checksum>
  /** Of all kinds together, as `Checksum` defines it. */
  readonly checksum: string
}

/** Reads the whole company. Calls `onLines` with the number of lines of each page; an error thrown there ends it. */
export async function summarize(tx: ReadTx, onLines: (lines: number) => void): Promise<BundleSummary> {
  const counts = noLines()
  const checksums = Object.fromEntries(
    Object.keys(counts).map((kind) => [kind, new Checksum()]),
  ) as BundleSummary['checksums']
  for await (const { kind, lines } of bundlePages(tx)) {
    for (const line of lines) checksums[kind].add(lineChecksum(line))
    counts[kind] += lines.length
    onLines(lines.length)
    await yieldToEventLoop()
  }
  const whole = new Checksum()
  for (const checksum of Object.values(checksums)) whole.add(checksum.value)
  return { counts, checksums, checksum: whole.hex }
}

/** The kinds in which two companies differ. */
export function differingKinds(one: BundleSummary, other: BundleSummary): BundleKind[] {
  return (Object.keys(one.counts) as BundleKind[]).filter(
    (kind) =>
      one.counts[kind] !== other.counts[kind] || one.checksums[kind].hex !== other.checksums[kind].hex,
  )
}
