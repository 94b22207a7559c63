import { emptyDatabase } from '../support/database.ts'
import { preparePostgres } from '../support/postgres.ts'
import { serversCrash } from './servers-crash.ts'

/**
 * `node test/crash/servers-soak.ts [SECONDS] [SERVERS]`: servers on one PostgreSQL database, killed again and again while
 * they are written to and asked. By hand, a minute and a half.
 */
const [seconds = 60, servers = 10] = process.argv.slice(2).map(Number)
await using _postgres = await preparePostgres()
await using temp = await emptyDatabase('postgres')
const report = await serversCrash({ temp, servers, writers: 8, readers: 8, seconds, log: console.log })
console.log(JSON.stringify(report, undefined, 2))
