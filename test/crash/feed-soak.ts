import { tempDatabase } from '../support/database.ts'
import { preparePostgres } from '../support/postgres.ts'
import { feedCrash } from './feed-crash.ts'

/**
 * `node test/crash/feed-soak.ts [SECONDS] [SERVERS]`: the change feed of servers on one PostgreSQL database, killed again and
 * again while they are written to and followed. By hand, a minute and a half.
 */
const [seconds = 60, servers = 4] = process.argv.slice(2).map(Number)
await using _postgres = await preparePostgres()
await using temp = await tempDatabase('postgres')
const report = await feedCrash({ temp, servers, writers: 16, seconds, log: console.log })
console.log(JSON.stringify(report, undefined, 2))
