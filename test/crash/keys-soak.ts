import { tempDatabase } from '../support/database.ts'
import { preparePostgres } from '../support/postgres.ts'
import { keysCrash } from './keys-crash.ts'

/**
 * `node test/crash/keys-soak.ts [KEYS] [CALLERS] [sqlite | postgres]`: one key makes one record, on both engines or one of
 * them, while servers are killed again and again. By hand, some minutes.
 */
const ENGINES = ['sqlite', 'postgres'] as const
const [keys = '1000', callers = '64', only] = process.argv.slice(2)
await using _postgres = await preparePostgres()
for (const engine of ENGINES.filter((name) => only === undefined || name === only)) {
  console.log(`on ${engine}: ${keys} keys, ${callers} callers each`)
  await using temp = await tempDatabase(engine)
  const report = await keysCrash({
    temp,
    servers: 3,
    keys: Number(keys),
    kills: 20,
    callers: Number(callers),
    atOnce: 4,
    log: console.log,
  })
  console.log(JSON.stringify(report, undefined, 2))
}
