import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importCrash } from '../crash/import-crash.ts'

/** What an import or an export may take, however large the file is. */
const PEAK_MB = 200

test('an import that is killed again and again ends as if it had never been, in memory that is bounded', async (context) => {
  const report = await importCrash({ lines: 20_000, kills: 6, seed: 20250101 })
  context.diagnostic(JSON.stringify(report))
  assert.ok(report.hits >= 2, `only ${report.hits} kills hit an import at work`)
  if (process.platform !== 'linux') return
  assert.ok((report.importPeakMb as number) < PEAK_MB, `import took ${report.importPeakMb} MB`)
  assert.ok((report.exportPeakMb as number) < PEAK_MB, `export took ${report.exportPeakMb} MB`)
})
