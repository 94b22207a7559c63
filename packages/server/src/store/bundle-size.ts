import sql from 'sql-template-tag'
import type { ReadTx } from './port.ts'

/** How many lines the company's bundle has, or a few more: preset follow types are counted whether or not they are in use. */
export async function countRecords(tx: ReadTx): Promise<number> {
  const row = await tx.get(
    sql`SELECT (SELECT count(*) FROM department WHERE corp = ${tx.corp})
      + (SELECT count(*) FROM staff WHERE corp = ${tx.corp})
      + (SELECT count(*) FROM follow_type WHERE corp = ${tx.corp})
      + (SELECT count(*) FROM custom_field WHERE corp = ${tx.corp})
      + (SELECT count(*) FROM target WHERE corp = ${tx.corp})
      + (SELECT count(*) FROM follow WHERE corp = ${tx.corp})`,
  )
  return Number(row?.[0])
}
