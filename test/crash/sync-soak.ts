import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addApp, addCompany, importLines, startServe } from '../support/cli.ts'
import { createDatabase, makeRole, startPostgres } from '../support/postgres.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { syncUnderFire } from './sync-crash.ts'

/**
 * `node test/crash/sync-soak.ts [SECONDS]`: sixteen writers, deletions included, while `genjin sync` into each kind of target is
 * killed and started again, 60 seconds each. Each must end equal to its source. By hand.
 */
const [seconds = 60] = process.argv.slice(2).map(Number)
await using postgres = await startPostgres()
await using target = await createDatabase({ admin: postgres.url, role: await makeRole(postgres.url) })
using folder = tempFolder()
const source = `sqlite:${join(folder.path, 'source.db')}`
const targets = {
  sqlite: `sqlite:${join(folder.path, 'mirror.db')}`,
  postgres: target.url,
  folder: join(folder.path, 'out'),
}
for (const name of Object.keys(targets)) {
  await addCompany(source, name, undefined)
  await importLines(source, name, ['{"kind":"staff","user_id":"zhang","name":"张伟"}'], undefined)
}
await using server = await startServe(['--database', source])
for (const [name, to] of Object.entries(targets)) {
  const credentials = await addApp(source, name)
  const app = join(folder.path, `${name}.json`)
  writeFileSync(app, JSON.stringify(credentials))
  const report = await syncUnderFire({ url: server.url, credentials, app, to, seconds })
  assert.ok(report.kills > 3 && report.deletions > 10)
  const { writes, deletions, kills, contents } = report
  console.log(JSON.stringify({ target: name, writes, deletions, kills, rows: contents.size, equal: true }))
}
