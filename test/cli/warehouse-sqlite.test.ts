import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { tempFolder } from '../support/temp-folder.ts'
import { seenOf } from '../support/warehouse-sql.ts'
import { type Target, warehouseSuite } from '../support/warehouse-suite.ts'

async function make(): Promise<Target> {
  const folder = tempFolder()
  const path = join(folder.path, 'deep/copy.db')
  return {
    to: `sqlite:${path}`,
    look: async () => {
      const database = new DatabaseSync(path, { readOnly: true })
      try {
        const select = database.prepare('SELECT * FROM follow_up')
        select.setReadBigInts(true)
        const [state] = database.prepare('SELECT definitions FROM genjin_sync').all()
        return seenOf(select.all(), state?.definitions as string)
      } finally {
        database.close()
      }
    },
    [Symbol.asyncDispose]: async () => folder[Symbol.dispose](),
  }
}

warehouseSuite('SQLite', make)
