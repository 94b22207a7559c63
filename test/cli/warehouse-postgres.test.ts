import pg from 'pg'
import { createDatabase } from '../support/postgres.ts'
import { seenOf } from '../support/warehouse-sql.ts'
import { type Target, warehouseSuite } from '../support/warehouse-suite.ts'

async function make(): Promise<Target> {
  const database = await createDatabase()
  return {
    to: database.url,
    look: async () => {
      const types = { getTypeParser: () => String }
      const client = new pg.Client({ connectionString: database.url, types } as pg.ClientConfig)
      await client.connect()
      try {
        const { rows } = await client.query('SELECT * FROM follow_up')
        const { rows: state } = await client.query('SELECT definitions FROM genjin_sync')
        return seenOf(rows, state[0].definitions)
      } finally {
        await client.end()
      }
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}

warehouseSuite('PostgreSQL', make)
