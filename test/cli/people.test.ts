import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { addCompany, genjin, genjinDone, importLines, type ServeProcess } from '../support/cli.ts'
import { assertRefused, TestClient } from '../support/client.ts'
import { tempDatabase } from '../support/database.ts'
import { assertFails, type Failure } from '../support/failures.ts'
import { cookieOf, PASSWORD, PersonClient, postAsPage, signIn } from '../support/people.ts'
import { noteSecret } from '../support/recording.ts'
import { follow } from '../support/server.ts'
import { serveCompany } from '../support/serving.ts'

/** The commands about apps and people: what a person reads, what a running server notices, what is refused. */

const RECORDS = [
  { kind: 'department', id: 1, name: '公司' },
  { kind: 'department', id: 10, name: '一组', parent_id: 1 },
  { kind: 'staff', user_id: 'amy', name: '艾米', department_ids: [10] },
  { kind: 'staff', user_id: 'bob', name: 'Bob', department_ids: [1] },
  { kind: 'staff', user_id: 'wang', name: '王小明', department_ids: [1] },
  { kind: 'staff', user_id: 'gone', name: '走了', status: 5 },
  follow({ id: 1, follow_user_id: 'amy' }),
  follow({ id: 2, follow_user_id: 'bob' }),
]

/** Longest that a running server may take to notice. */
const NOTICED_MS = 1_000

const TIME = String.raw`\d{4}-\d{2}-\d{2} \d{2}:\d{2}`

/** Waits until it holds; fails when it does not within a second. */
async function noticed(holds: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + NOTICED_MS
  while (!(await holds())) {
    assert.ok(performance.now() < until, `not noticed within ${NOTICED_MS} ms`)
    await sleep(20)
  }
}

/** Accepts the invitation of a link that a command printed. */
async function accepted({ url }: Pick<ServeProcess, 'url'>, link: string): Promise<PersonClient> {
  const invitation = link.slice(link.indexOf('#') + 1)
  noteSecret(invitation)
  const answer = await postAsPage(url, '/invitation/password', { invitation, password: PASSWORD })
  assert.equal(answer.envelope.code, 0, answer.text)
  return new PersonClient(url, cookieOf(answer) as string)
}

/** A company that is served, and commands on its database. */
async function served() {
  const company = await serveCompany(RECORDS)
  const database = ['--database', company.temp.database]
  const run = async (...words: string[]) => (await genjinDone([...words, ...database])).stdout
  const ofCorp = (...words: string[]) => run(...words, '--corp', 'acme')
  const json = async (...words: string[]) => JSON.parse(await ofCorp(...words, '--json'))
  const enter = async (...words: string[]) =>
    accepted(company.server, (await json('user', 'invite', ...words)).link)
  return { ...company, database, run, ofCorp, json, enter }
}

test('user invite prints a link that is good once; roles, disabling and ended sessions are noticed within a second', async () => {
  await using company = await served()
  const { server, ofCorp, json, enter } = company
  const printed = await ofCorp('user', 'invite', 'amy')
  const shape = new RegExp(
    `^http://127\\.0\\.0\\.1:8787(/invitation#gji_\\S+)\n（GENJIN_URL 没有设置：请把地址换成大家打开的地址）\n把链接交给 amy：只能使用一次，${TIME} 前有效。\n$`,
  )
  const [, link = ''] = shape.exec(printed) ?? assert.fail(printed)
  const amy = await accepted(server, link)
  const token = link.slice(link.indexOf('#') + 1)
  const again = { invitation: token, password: PASSWORD }
  assertRefused(await postAsPage(server.url, '/invitation/password', again), 40120)
  assert.equal((await amy.done('crm/follow/list')).total, 1)

  // A role ends the session; the next one sees what it gives.
  assert.equal(
    await ofCorp('user', 'role', 'amy', 'manager', '--departments', '1'),
    'amy 现在是主管（部门 1），须重新登录\n',
  )
  await noticed(async () => (await amy.post('crm/follow/list')).envelope.code === 40110)
  const answer = await signIn(server.url, 'acme', 'amy')
  const manager = new PersonClient(server.url, cookieOf(answer) as string)
  assert.equal((await manager.done('crm/follow/list')).total, 2)

  // Invited with another role, an open session ends as well; without one nothing changes.
  await json('user', 'invite', 'amy')
  assert.equal((await manager.done('crm/follow/list')).total, 2)
  const admin = await enter('amy', '--role', 'admin')
  await noticed(async () => (await manager.post('crm/follow/list')).envelope.code === 40110)
  assert.equal((await admin.done('person/list')).total, 1)

  assert.equal(await ofCorp('user', 'sessions', 'amy', '--end'), '已结束 amy 的 1 处登录\n')
  await noticed(async () => (await admin.post('person/list')).envelope.code === 40110)
  assert.equal(await ofCorp('user', 'sessions', 'amy'), 'amy 没有登录\n')
  assert.deepEqual(await json('user', 'sessions', 'amy', '--end'), { user_id: 'amy', ended: 0 })

  const last = new PersonClient(server.url, cookieOf(await signIn(server.url, 'acme', 'amy')) as string)
  assert.equal((await last.done('person/list')).total, 1)
  assert.equal(await ofCorp('user', 'disable', 'amy'), '已停用 amy，全部登录已结束\n')
  await noticed(async () => (await last.post('person/list')).envelope.code === 40110)
  assertRefused(await signIn(server.url, 'acme', 'amy'), 40120)
  // An invitation lets her in again.
  assert.equal((await (await enter('amy')).done('me')).person.role, 'admin')
  assert.ok(!server.log().includes(token), 'the log holds no invitation')
})

test('user list and user sessions are columns, Chinese or not, and answer nothing that is secret', async () => {
  await using company = await served()
  const { server, ofCorp, json, enter } = company
  assert.equal(
    await ofCorp('user', 'list'),
    '企业 acme 还没有可以登录的人员\n下一步：genjin user invite USER_ID --corp acme --role admin\n',
  )
  await enter('amy', '--role', 'manager', '--departments', '10, 1')
  await enter('bob', '--role', 'admin')
  const { link } = await json('user', 'invite', 'wang')
  await ofCorp('user', 'invite', 'bob')
  // A browser's header is shown, and does nothing to the terminal.
  const agent = 'Mozilla/5.0 \u009b31m 浏览器'
  await signIn(server.url, 'acme', 'amy', PASSWORD, { 'user-agent': Buffer.from(agent).toString('latin1') })
  const text = await ofCorp('user', 'list')
  assert.deepEqual(text.replaceAll(new RegExp(TIME, 'g'), '@').split('\n'), [
    'amy   艾米    主管（部门 1、10）  可登录  登录 2 处  最近使用 @',
    'bob   Bob     管理员              已邀请  登录 1 处  最近使用 @',
    'wang  王小明  员工                已邀请  登录 0 处  最近使用 —',
    '',
  ])
  const { people } = await json('user', 'list')
  assert.deepEqual(
    people.map(({ user_id, department_ids }: Record<string, unknown>) => [user_id, department_ids]),
    [
      ['amy', ['1', '10']],
      ['bob', []],
      ['wang', []],
    ],
  )
  const sessions = await ofCorp('user', 'sessions', 'amy')
  const rows = sessions.trimEnd().split('\n')
  assert.equal(rows.length, 2)
  assert.match(sessions, new RegExp(`^最近使用 ${TIME}  密码  127\\.0\\.0\\.1  Mozilla/5\\.0 .*31m`, 'm'))
  assert.match(sessions, new RegExp(`^最近使用 ${TIME}  密码  127\\.0\\.0\\.1$`, 'm'))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may stand here
  assert.doesNotMatch(sessions, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  const secret = link.slice(link.indexOf('#') + 1)
  noteSecret(secret)
  const answered = [
    text,
    sessions,
    JSON.stringify(people),
    JSON.stringify(await json('user', 'sessions', 'amy')),
  ]
  for (const one of answered) assert.doesNotMatch(one, /gji_|gjw_|scrypt/)
})

test('what user commands refuse names the way out', async () => {
  await using temp = await tempDatabase()
  const { database } = temp
  await addCompany(database, 'acme')
  await importLines(
    database,
    'acme',
    RECORDS.map((line) => JSON.stringify(line)),
  )
  const corp = ['--corp', 'acme', '--database', database]
  await genjinDone(['user', 'invite', 'amy', ...corp])
  const cases: readonly Failure[] = [
    [['list'], 2, /缺少选项 --corp/],
    [['list', '--corp', 'none', '--database', database], 1, /企业 none 不存在/],
    [['invite', 'nobody', ...corp], 1, /^genjin: 员工 nobody 不在企业 acme 的通讯录中：请先用 genjin import/],
    [['invite', 'gone', ...corp], 1, /员工 gone 已离职或已禁用/],
    [
      ['invite', 'amy', '--role', 'boss', ...corp],
      2,
      /角色须为 staff、manager、admin 之一 \/ the role must be one of/,
    ],
    [['invite', 'amy', '--role', 'manager', ...corp], 2, /主管须有所管的部门：请给出 --departments \/ /],
    [['role', 'amy', 'manager', ...corp], 2, /主管须有所管的部门：请给出 --departments \/ /],
    [['role', 'amy', 'staff', '--departments', '1', ...corp], 2, /--departments 只用于主管 \/ /],
    [['role', 'amy', 'manager', '--departments', '1,x', ...corp], 2, /--departments 须为以逗号分隔的部门 ID/],
    [
      ['role', 'amy', 'manager', '--departments', '1,7', ...corp],
      1,
      /^genjin: --departments 没有对应的部门：7：请核对\n$/,
    ],
    [['role', 'amy', ...corp], 2, /usage: genjin user role USER_ID ROLE/],
    ...['role bob admin', 'disable bob', 'sessions bob', 'sessions bob --end'].map(
      (words): Failure => [
        [...words.split(' '), ...corp],
        1,
        /^genjin: 人员 bob 不存在：请先运行 genjin user invite bob --corp acme\n$/,
      ],
    ),
  ]
  await assertFails(cases.map(([args, ...wanted]): Failure => [['user', ...args], ...wanted]))
  // Nothing of it has happened.
  const { stdout } = await genjinDone(['user', 'list', '--json', ...corp])
  const [{ user_id, role, department_ids }, ...others] = JSON.parse(stdout).people
  assert.deepEqual([user_id, role, department_ids, others], ['amy', 'staff', [], []])
  // Who came in a bundle has nothing to sign in with yet.
  await importLines(database, 'acme', [JSON.stringify({ kind: 'person', user_id: 'wang', role: 'staff' })])
  assert.match((await genjinDone(['user', 'list', ...corp])).stdout, /^wang .* 没有密码 /m)
})

test('apps are added, listed, renamed, rotated and revoked while the server runs', async () => {
  await using company = await served()
  const { server, ofCorp, run, json, credentials } = company
  const made = await ofCorp('app', 'create', '--label', '报表（只读）', '--read-only')
  const [, appid = '', secret = ''] =
    /^appid {7}(gj\w{18})\napp_secret {2}(gjs_[\w-]{43})\napp_secret 不会再显示，请立即保存。\n$/.exec(
      made,
    ) ?? assert.fail(made)
  const reader = new TestClient(server.url, { appid, app_secret: secret })
  assert.equal((await reader.list()).total, 2)
  const write = { type: 1, id: 'c', user_id: 'amy', contact_type: '电话跟进', follow_content: 'x' }
  assertRefused(await reader.post('crm/follow/create', write), 40300)

  assert.equal(await run('app', 'rename', appid, '报表'), `应用 ${appid} 已改名为 报表\n`)
  const rotated = await run('app', 'rotate', appid, '--old-hours', '2')
  const shape = new RegExp(
    `^appid {7}${appid}\napp_secret {2}(gjs_\\S{43})\napp_secret 不会再显示，请立即保存。\n旧密钥有效到 ${TIME}，请在此之前更换。\n$`,
  )
  const [, next = ''] = shape.exec(rotated) ?? assert.fail(rotated)
  const code = async (app_secret: string) => {
    noteSecret(app_secret)
    return (await reader.askToken({ appid, app_secret })).envelope.code
  }
  assert.deepEqual([await code(secret), await code(next)], [0, 0])
  const list = (await ofCorp('app', 'list')).replaceAll(new RegExp(TIME, 'g'), '@').split('\n')
  assert.deepEqual(list, [
    `${credentials.appid}  —     读写  最近使用 —`,
    `${appid}  报表  只读  最近使用 @  旧密钥有效到 @`,
    '',
  ])
  const ended = await run('app', 'rotate', appid, '--old-hours', '0')
  assert.match(ended, /\n旧密钥与已签发的凭证已失效。\n$/)
  const [newest = ''] = /gjs_\S+/.exec(ended) ?? []
  assert.deepEqual([await code(secret), await code(next), await code(newest)], [40100, 40100, 0])
  // With the secret, the tokens that were got with it.
  await noticed(async () => (await reader.post('crm/follow/list', {})).envelope.code === 10011)

  assert.equal(await run('app', 'revoke', appid), `已停用应用 ${appid}\n`)
  assert.match(await ofCorp('app', 'list'), /报表 {2}已停用 {2}最近使用/)
  const { apps } = await json('app', 'list')
  assert.deepEqual(Object.keys(apps[1]), [
    ...['appid', 'label', 'read_only', 'created_at', 'used_at', 'revoked_at', 'old_secret_until'],
  ])
  for (const one of [secret, next, newest]) assert.ok(!server.log().includes(one), 'the log holds no secret')
})

test('what app commands refuse names the way out, and app add stays as it was', async () => {
  await using temp = await tempDatabase()
  const { database } = temp
  await addCompany(database, 'acme')
  const of = ['--database', database]
  assert.equal(
    (await genjinDone(['app', 'list', '--corp', 'acme', ...of])).stdout,
    '企业 acme 还没有应用\n下一步：genjin app add --corp acme\n',
  )
  const { appid } = JSON.parse((await genjinDone(['app', 'add', '--corp', 'acme', '--json', ...of])).stdout)
  const unknown = `${appid.slice(0, -1)}${appid.endsWith('0') ? '1' : '0'}`
  const missing = new RegExp(`^genjin: 应用 ${unknown} 不存在：请核对 appid\n$`)
  const long = 'x'.repeat(257)
  await assertFails([
    [['app', 'list', ...of], 2, /缺少选项 --corp/],
    [['app', 'list', '--corp', 'none', ...of], 1, /企业 none 不存在/],
    [['app', 'rename', unknown, 'x', ...of], 1, missing],
    [['app', 'rotate', unknown, ...of], 1, missing],
    [['app', 'revoke', unknown, ...of], 1, missing],
    [['token', 'revoke', unknown, ...of], 1, missing],
    [['app', 'rotate', 'gj', ...of], 1, /应用 gj 不存在/],
    [['app', 'rotate', appid, '--old-hours', '721', ...of], 2, /--old-hours 须为 0 到 720 的整数/],
    [['app', 'rename', appid, long, ...of], 2, /应用名称最多 256 个字符 \/ the name of an app/],
    [['app', 'add', '--corp', 'acme', '--label', long, ...of], 2, /应用名称最多 256 个字符/],
    [['app', 'rename', appid, ...of], 2, /usage: genjin app rename APPID NAME/],
  ])
  await genjinDone(['app', 'revoke', appid, ...of])
  await assertFails([[['app', 'rotate', appid, ...of], 1, /应用已停用：请新建应用/]])
  const { code, stdout } = await genjin(['app', 'rotate', unknown, '--json', ...of])
  assert.deepEqual([code, JSON.parse(stdout)], [1, { error: `应用 ${unknown} 不存在：请核对 appid` }])
})
