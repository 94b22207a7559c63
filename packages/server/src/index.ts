/**
 * The server's public surface for commands that need no HTTP. `genjin-server/serve` has the rest: loading it costs
 * 30 MB that import and export do without.
 */

export { ensureDemo } from './demo/demo-company.ts'
export { DEMO_SHAPE, type DemoShape, demoLines } from './demo/generate.ts'
export { ServiceError, StoreError } from './errors.ts'
export { localFetch } from './http/local-fetch.ts'
export { type Core, type Environment, type OpenOptions, openCore } from './process/compose.ts'
export { type Config, DEFAULT_DATABASE, readConfig } from './process/config.ts'
export { type Env, readEnv } from './process/env.ts'
export {
  addApp,
  addCorp,
  byCommand,
  type Credentials,
  corpOfApp,
  disableApp,
  findCorpById,
  requireCorp,
  resetFeeds,
  revokeToken,
} from './service/admin/corps-and-apps.ts'
export { isClean, reindex, type Verified, verify } from './service/admin/verify.ts'
export { type ExportReport, exportBundle } from './service/bundle/export.ts'
export { type BadLine, type ImportReport, importBundle } from './service/bundle/import.ts'
export { type MoveReport, moveCorp, requireSourceCorp } from './service/bundle/move.ts'
export { keepPullState, readPullState } from './service/bundle/pull-state.ts'
export type { BundleSummary } from './service/bundle/summary.ts'
export { namesOfTargets } from './service/dictionary/target-names.ts'
export { listApps, renameAppTo, rotateSecret } from './service/people/apps.ts'
export {
  changeRole,
  disablePerson,
  endSessionsOf,
  invitePerson,
  listPeople,
  sessionsOfPerson,
} from './service/people/people.ts'
export type { Corp } from './store/corp.ts'
export type { Distribution } from './store/port.ts'
