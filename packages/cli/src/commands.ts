import type { Command } from './command.ts'
import {
  appAdd,
  appRevoke,
  corpAdd,
  feedReset,
  migrate,
  reindexCommand,
  tokenRevoke,
  verifyCommand,
} from './commands/admin.ts'
import { diff } from './commands/diff.ts'
import { exportCommand } from './commands/export.ts'
import { importCommand } from './commands/import.ts'
import { moveCommand } from './commands/move.ts'
import { pull } from './commands/pull.ts'
import { serve } from './commands/serve.ts'
import { sync } from './commands/sync.ts'

export const COMMANDS: readonly Command[] = [
  serve,
  corpAdd,
  appAdd,
  appRevoke,
  tokenRevoke,
  importCommand,
  exportCommand,
  pull,
  sync,
  moveCommand,
  feedReset,
  verifyCommand,
  reindexCommand,
  migrate,
  diff,
]
