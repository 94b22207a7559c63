import assert from 'node:assert/strict'
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { GENJIN, genjin, startServe } from './support/cli.ts'
import { TestClient } from './support/client.ts'
import { ENGINE } from './support/database.ts'
import { serveCompany } from './support/serving.ts'
import { create } from './support/workers.ts'

/** A database that goes wrong under a running server. */

const SQLITE = { skip: ENGINE === 'postgres' ? 'of SQLite' : false }
const STAFF = { kind: 'staff', user_id: 'zhang', name: '张伟' }

const LOSSES: [what: string, lose: (path: string) => void][] = [
  ['removed', (path) => rmSync(path)],
  ['moved away', (path) => renameSync(path, `${path}.away`)],
  [
    'replaced by a backup',
    (path) => {
      copyFileSync(path, `${path}.new`)
      renameSync(`${path}.new`, path)
    },
  ],
  [
    'replaced by a backup with its log',
    (path) => {
      for (const file of [path, `${path}-wal`]) {
        copyFileSync(file, `${file}.new`)
        renameSync(file, `${file}.away`)
        renameSync(`${file}.new`, file)
      }
    },
  ],
  ['without its log', (path) => rmSync(`${path}-wal`)],
]

for (const [what, lose] of LOSSES) {
  for (const options of what === 'removed' || what === 'replaced by a backup'
    ? [[], ['--workers', '2']]
    : [[]]) {
    test(
      `a database file ${what} ends the server, and no create is acknowledged: ${options}`,
      SQLITE,
      async () => {
        await using company = await serveCompany([STAFF], ...options)
        const { client, server, temp } = company
        assert.equal((await client.post('crm/follow/create', create('before'))).envelope.code, 0)
        const path = temp.database.replace('sqlite:', '')
        lose(path)
        const log = existsSync(`${path}-wal`) && readFileSync(`${path}-wal`)
        const lostAt = performance.now()
        const { status, envelope } = await client.post('crm/follow/create', create('after'))
        assert.deepEqual([status, envelope.code], [503, 50300])
        const { code, stderr } = await server.ended
        assert.ok(performance.now() - lostAt < 4_000)
        assert.equal(code, 1, stderr)
        assert.match(
          stderr,
          /"level":50.*数据库文件 .*被移走或替换.*"the database is lost: this process ends"/,
        )
        if (what === 'replaced by a backup with its log') {
          assert.deepEqual(readFileSync(`${path}-wal`), log, 'the log of the backup is left alone')
        }
        if (what === 'removed') assert.equal(statSync(path, { throwIfNoEntry: false }), undefined)
      },
    )
  }
}

test(
  'started again without the file but beside its log, it refuses, and the file put back has every write',
  SQLITE,
  async () => {
    await using company = await serveCompany([STAFF])
    const { client, server, temp } = company
    const id = await client.done('crm/follow/create', create('before'))
    const path = temp.database.replace('sqlite:', '')
    renameSync(path, `${path}.away`)
    assert.equal((await server.ended).code, 1)
    for (const empty of [false, true]) {
      if (empty) writeFileSync(path, '')
      const { code, stderr } = await genjin(['serve', '--port', '0', '--database', temp.database])
      assert.equal(code, 1)
      assert.match(stderr, /日志 .*-wal 还在，其中有已确认的写入：请放回原来的文件/)
    }
    renameSync(`${path}.away`, path)
    await using again = await startServe(['--database', temp.database])
    const { records } = await new TestClient(again.url, company.credentials).list()
    assert.deepEqual(
      records.map((record) => record.id),
      [id],
    )
  },
)

test('a worker that replaces another makes no database in place of a lost one', SQLITE, async () => {
  await using company = await serveCompany([STAFF], '--workers', '2')
  const { server, temp } = company
  const path = temp.database.replace('sqlite:', '')
  for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file)
  const [, pid] = /"pid":(\d+),"msg":"worker started"/.exec(server.log()) ?? []
  process.kill(Number(pid), 'SIGKILL')
  assert.equal((await server.ended).code, 1)
  assert.equal(statSync(path, { throwIfNoEntry: false }), undefined)
})

test(
  'on a full disk reading goes on: the present token is answered, and its calls are counted',
  SQLITE,
  async () => {
    await using company = await serveCompany([STAFF])
    const { server: first, temp, credentials } = company
    await first.stop()
    // No file may grow over 64 KiB: the log of the database is full after some writes.
    const program = join(temp.path, 'limited')
    const exec = `exec '${process.execPath}' '${GENJIN}' "$@"`
    writeFileSync(program, `#!/bin/sh\nulimit -f 128\ntrap '' XFSZ\n${exec}\n`, { mode: 0o700 })
    await using server = await startServe(['--database', temp.database], { program })
    const client = new TestClient(server.url, credentials)
    const token = await client.token()
    let created = 0
    for (;;) {
      const { status } = await client.post('crm/follow/create', create('x'.repeat(3_000)))
      if (status !== 200) {
        assert.equal(status, 503)
        break
      }
      created++
    }
    let calls = 1
    for (; ; calls++) {
      const { envelope } = await client.askToken()
      if (envelope.code === 42900) break
      assert.equal(envelope.data?.access_token, token, JSON.stringify(envelope))
    }
    assert.ok(calls > 50 && calls <= 202, `${calls}`)
    const list = await client.post('crm/follow/list', {})
    assert.equal(list.envelope.data.total, created)
  },
)

test('the address is logged once', async () => {
  await using company = await serveCompany([STAFF])
  await sleep(200)
  assert.equal(company.server.log().match(/listening/g)?.length, 1)
})
