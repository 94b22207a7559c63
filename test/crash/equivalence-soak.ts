import { assertTelling, equivalence } from '../support/equivalence.ts'
import { preparePostgres } from '../support/postgres.ts'

/**
 * `node test/crash/equivalence-soak.ts [SEQUENCES] [SEED]`: the model run on both engines at length. By hand, a minute or
 * more. A seed that failed, given again with as many sequences, fails again.
 */
const [sequences = 1500, seed = Date.now() % 1_000_000_000] = process.argv.slice(2).map(Number)
console.log(`sequences ${sequences}, seed ${seed}`)
await using _postgres = await preparePostgres()
const report = await equivalence({ sequences, seed })
console.log(JSON.stringify(report, undefined, 2))
assertTelling(report)
