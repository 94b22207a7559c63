/** Moving follow-ups between systems: pull, mirror, sheet and diff. */
export { type DiffSettings, runDiff } from './diff/diff.ts'
export type { Differing } from './diff/findings.ts'
export {
  differingText,
  isDifferent,
  missingText,
  type Outcome,
  outcomeJson,
  summaryText,
} from './diff/report.ts'
export { Side } from './diff/side.ts'
export { besidePath, flushFolder } from './durable.ts'
export { SyncError, type SyncErrorKind } from './error.ts'
export { type Address, parseAddress } from './mirror/address.ts'
export { type CaughtUp, catchUp, requireFeed, takesCursor } from './mirror/catch-up.ts'
export { type Comparison, compare } from './mirror/compare.ts'
export type { Change, ChangePage, FieldDefinition, SourceDefinitions, WholeRecord } from './mirror/mirror.ts'
export { openMirror } from './mirror/open.ts'
export { BASE_COLUMNS } from './mirror/record-columns.ts'
export type { TableMirror as Mirror, TableOptions } from './mirror/table-mirror.ts'
export { daySums, isSameSource } from './pull/checks.ts'
export { directoryLines } from './pull/directory.ts'
export { openFileTarget } from './pull/file-target.ts'
export { Pull, type PulledKind, type PullOptions } from './pull/pull.ts'
export { KINDS, type Kind, type PullState, parseState } from './pull/state.ts'
export type { PullTarget, RefusedLine } from './pull/target.ts'
export { canReconcile, isSame, type Sum, sumOf } from './reconcile.ts'
export { findFollows, NO_NAMES, sheetNames } from './sheet/read-follows.ts'
export type { CustomField, FollowSheetRecord } from './sheet/record.ts'
export { openSheet, SHEET_FORMATS, type SheetFormat } from './sheet/sheet.ts'
export { HEADINGS, type SheetOptions, type SheetSummary, type SheetWriter } from './sheet/table.ts'
export { type FindNames, ListedNames, TargetNames } from './sheet/target-names.ts'
export type { Credentials } from './source.ts'
