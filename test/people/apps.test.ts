import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { OPERATIONS, type Operation } from 'genjin-contract'
import { readConfig } from 'genjin-server'
import { assertRefused, TestClient } from '../support/client.ts'
import { KEY } from '../support/database.ts'
import { person } from '../support/people.ts'
import { ENVIRONMENT, serve, sharedServer } from '../support/server.ts'

/** Apps, as an administrator makes and ends them, and as they then call. */

const server = await sharedServer()
const { url, clock } = server
const HOUR = 3_600_000

// biome-ignore lint/suspicious/noExplicitAny: records of any operation
type Any = any

async function company(id: string) {
  const client = await server.company(id, [{ kind: 'staff', user_id: 'root', name: '管理员' }])
  const root = await person(server, id, 'root', 'admin')
  const appOf = async (appid: string): Promise<Any> => {
    const { records } = await root.done('app/list', { page_size: 100 })
    return records.find((one: Any) => one.appid === appid)
  }
  return { client, root, appOf }
}

test('app/create, list and rename: a secret once, labels, oldest first', async () => {
  const { client, root, appOf } = await company('list')
  clock.ms += 1000
  const made = await root.done('app/create', { label: '报表' })
  assert.deepEqual(Object.keys(made), ['appid', 'app_secret', 'old_secret_until'])
  assert.match(made.app_secret, /^gjs_[\w-]{43}$/)
  const app = new TestClient(url, made)
  assert.equal((await app.list()).total, 0)
  clock.ms += 1000
  const { appid } = await root.done('app/create', { label: '只读', read_only: true })
  const { total, records } = await root.done('app/list')
  assert.equal(total, 3)
  assert.deepEqual(
    records.map((one: Any) => [one.appid, one.label, one.read_only]),
    [
      [client.credentials.appid, '', false],
      [made.appid, '报表', false],
      [appid, '只读', true],
    ],
  )
  assert.ok(!JSON.stringify(records).includes('gjs_'))
  const renamed = await root.done('app/rename', { appid, label: '数据看板' })
  assert.deepEqual(renamed, await appOf(appid))
  assert.equal(renamed.label, '数据看板')
  await root.refused('app/create', { label: '' }, 40010, 'label')
  await root.refused('app/create', { label: 'x'.repeat(257) }, 40020, 'label')
  for (const path of ['app/rename', 'app/rotate', 'app/revoke']) {
    await root.refused(path, { appid: 'gj000001nothing00000', label: 'x' }, 40410, 'app/list')
  }
})

test('an app that only reads is refused by everything that writes, with the sentence that says why', async () => {
  const { root } = await company('reading')
  const reader = new TestClient(url, await root.done('app/create', { label: '只读', read_only: true }))
  assert.equal((await reader.list()).total, 0)
  for (const operation of Object.values(OPERATIONS) as Operation[]) {
    const { keyed, callers, path } = operation
    if (!keyed || !callers.includes('app')) continue
    const sentence = `没有权限：应用是只读的，不能调用 ${path}：请改用可以读写的应用`
    assertRefused(await reader.call(operation), 40300, sentence)
  }
})

test('app/rotate: the old secret is good for the hours that were chosen, then it is not', async () => {
  const { root, appOf } = await company('rotate')
  const first = await root.done('app/create', { label: '轮换' })
  const { appid } = first
  const asked = async ({ app_secret }: { app_secret: string }) =>
    (await new TestClient(url, { appid, app_secret }).askToken()).envelope.code
  const second = await root.done('app/rotate', { appid, old_secret_hours: 2 })
  assert.equal(second.old_secret_until, clock.ms + 2 * HOUR)
  assert.equal((await appOf(appid)).old_secret_until, second.old_secret_until)
  assert.deepEqual([await asked(first), await asked(second)], [0, 0])
  clock.ms += 2 * HOUR - 1
  assert.deepEqual([await asked(first), await asked(second)], [0, 0])
  clock.ms += 1
  assert.deepEqual([await asked(first), await asked(second)], [40100, 0])
  assert.equal((await appOf(appid)).old_secret_until, null)
  // Of two rotations only the secret right before is good: a leaked one does not live on.
  const third = await root.done('app/rotate', { appid })
  assert.equal(third.old_secret_until, clock.ms + 24 * HOUR)
  const fourth = await root.done('app/rotate', { appid })
  assert.deepEqual([await asked(second), await asked(third), await asked(fourth)], [40100, 0, 0])
  const fifth = await root.done('app/rotate', { appid, old_secret_hours: 0 })
  assert.equal(fifth.old_secret_until, null)
  assert.deepEqual([await asked(third), await asked(fourth), await asked(fifth)], [40100, 40100, 0])
  await root.refused('app/rotate', { appid, old_secret_hours: 721 }, 40020, 'old_secret_hours')
  await root.refused('app/rotate', { appid, old_secret_hours: -1 }, 40020, 'old_secret_hours')
})

test('used_at: when an app called last, to five minutes', async () => {
  const { root, appOf } = await company('used')
  const made = await root.done('app/create', { label: '用过' })
  const app = new TestClient(url, made)
  assert.equal((await appOf(made.appid)).used_at, null)
  const noted = async (at: number) => {
    while ((await appOf(made.appid)).used_at !== at) await sleep(5)
  }
  const first = clock.ms
  await app.list()
  await noted(first)
  clock.ms += 299_000
  // The next list confirms its token again.
  await root.done('app/rename', { appid: made.appid, label: '还在用' })
  await app.list()
  await app.list()
  await app.done('me', {})
  assert.equal((await appOf(made.appid)).used_at, first)
  clock.ms += 1_000
  await app.done('me', {})
  await noted(clock.ms)
})

test('app/revoke: its tokens are refused at once, by this server and by another one', async () => {
  const { root, appOf } = await company('revoke')
  const made = await root.done('app/create', { label: '停用' })
  const config = readConfig({ database: server.temp.database, key: KEY, logLevel: 'trace' })
  await using other = await serve(config, { environment: { ...ENVIRONMENT, now: () => clock.ms } })
  const app = new TestClient(url, made)
  const there = new TestClient(other.url, made)
  for (const client of [app, there]) {
    await client.list()
    await client.get('department/list')
  }
  const revoked = await root.done('app/revoke', { appid: made.appid })
  assert.equal(revoked.revoked_at, clock.ms)
  for (const client of [app, there]) {
    assertRefused(await client.post('crm/follow/list', {}), 10011, '应用已停用')
    assertRefused(await client.get('department/list'), 10011)
    assertRefused(await client.post('crm/follow/type/add', { name: '不行' }), 10011)
    assertRefused(await client.askToken(), 40100, '应用已停用')
  }
  await root.refused('app/rotate', { appid: made.appid }, 40920, '请新建应用')
  clock.ms += 1000
  assert.deepEqual(await root.done('app/revoke', { appid: made.appid }), await appOf(made.appid))
  assert.equal((await appOf(made.appid)).revoked_at, clock.ms - 1000)
})
