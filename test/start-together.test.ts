import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from 'genjin-server'
import { TestClient } from './support/client.ts'
import { emptyDatabase, KEY } from './support/database.ts'
import { serve } from './support/server.ts'

test('servers that start together on one new database agree on key and demo company', async () => {
  await using temp = await emptyDatabase()
  // In a folder that is not there yet.
  const database = temp.database.replace('/genjin.db', '/new/genjin.db')
  const config = readConfig({ database, key: KEY, logLevel: 'warn' })
  const servers = await Promise.all([1, 2, 3].map(() => serve(config, { demo: true })))
  try {
    assert.equal(new Set(servers.map(({ demo }) => demo?.app_secret)).size, 1)
    const tokens = new Set<string>()
    for (const { url, demo } of servers) {
      assert.ok(demo)
      const client = new TestClient(url, demo)
      assert.equal((await client.list()).total, 5000)
      tokens.add(await client.token())
    }
    assert.equal(tokens.size, 1, 'one token, whichever server is asked')
  } finally {
    for (const server of servers) await server[Symbol.asyncDispose]()
  }
})
