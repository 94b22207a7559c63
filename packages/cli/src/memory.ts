import { setFlagsFromString } from 'node:v8'

/**
 * The V8 flags of the commands, each with the figure that keeps it. `genjin serve` has one more, which must be set before
 * V8 starts: see bin/genjin.js and docs/decisions/010-totals-and-pages.md. `npm run soak:export` and `soak:move` measure them.
 */

/**
 * For commands that stream a lot: keeps the space of young objects at 2 MB, which V8 would let grow to 3 × 16 MB. Importing
 * 200,000 records over themselves then takes 135 MB instead of 216 MB, in the same time within noise.
 */
export function keepMemoryLow(): void {
  setFlagsFromString('--max-semi-space-size=2')
  setFlagsFromString('--semi-space-growth-factor=1')
}

/**
 * For commands on two databases at once: collects old objects once their space has grown by half; V8 would let it grow
 * threefold. Moving 57,000 records from PostgreSQL to SQLite then takes 155 MB instead of 200 MB, for a tenth more CPU time.
 */
export function keepOldSpaceLow(): void {
  setFlagsFromString('--heap-growing-percent=50')
}

/**
 * For writing a table: records that are parsed exactly leave much garbage among the old objects, and a million of them take
 * 105 MB instead of 145 MB.
 */
export function keepTableMemoryLow(): void {
  keepMemoryLow()
  setFlagsFromString('--optimize-for-size')
}
