import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { binOf, FOLLOWS, type Genjin, genjin, LARGE_ID, makeCorp } from './company.ts'
import { run } from './run.ts'
import { startServed } from './served.ts'
import { manifestOf } from './workspace.ts'

/** Uses the installed command line under one Node, on SQLite: each kind of command once. */
export async function checkCommand(command: Genjin): Promise<void> {
  await checkStart(command.node, command.folder)
  const { appid, appSecret } = await makeCorp(command)
  for (const workers of [[], ['--workers', '2']]) {
    await checkServe(command, workers, `appid=${appid}&app_secret=${appSecret}`)
  }
  const bundle = await genjin(command, ['export', '--corp', 'acme'])
  assert.equal(bundle.match(/"kind":"follow",/g)?.length, FOLLOWS)
  assert.match(bundle, new RegExp(`"id":${LARGE_ID},`))
  assert.equal(JSON.parse(await genjin(command, ['verify', '--json'])).clean, true)
  await checkThread(command)
  await checkSdkCommands(command, { appid, appSecret })
}

/** pull, sync, export and diff against a server of the same installation. */
async function checkSdkCommands(
  command: Genjin,
  { appid, appSecret }: { appid: string; appSecret: string },
): Promise<void> {
  await using server = await startServed(command, [])
  const app = `${command.database}.app.json`
  writeFileSync(app, JSON.stringify({ appid, app_secret: appSecret }))
  const from = ['--from', server.url, '--app', app]
  const out = (ending: string) => `${command.database}.${ending}`
  const json = async (...args: string[]) => JSON.parse(await genjin(command, [...args, '--json']))
  assert.equal((await json('pull', ...from, '--out', out('ndjson'))).equal, true)
  assert.equal((await json('pull', ...from, '--corp', 'copy')).equal, true)
  for (const format of ['ndjson', 'csv', 'xlsx']) {
    const { rows } = await json('export', ...from, '--format', format, '--out', out(format))
    assert.equal(rows, FOLLOWS)
  }
  for (const to of [`sqlite:${out('mirror')}`, out('folder')]) {
    assert.deepEqual(await json('sync', ...from, '--to', to, '--check'), {
      changes: FOLLOWS,
      anew: false,
      equal: true,
    })
  }
  const { differing } = await json(
    ...['diff', '--a', server.url, '--app-a', app, '--b', server.url, '--app-b', app, '--requests', '20'],
  )
  assert.equal(differing ?? 0, 0)
  await server.stop()
}

/** It starts and reports the version of its package. */
export async function checkStart(node: string, folder: string): Promise<void> {
  assert.equal(await run(node, [binOf(folder), '--version']), `${manifestOf('cli').version}\n`)
  assert.match(await run(node, [binOf(folder), '--help']), /genjin serve/)
}

async function checkServe(command: Genjin, options: readonly string[], app: string): Promise<void> {
  await using server = await startServed(command, options)
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${server.url}${path}`, init)
    const text = await response.text()
    assert.ok(response.ok, `${path}: ${response.status} ${text}`)
    return text
  }
  const token = JSON.parse(await ask(`/openapi/access_token?${app}`)).data.access_token
  const list = await ask(`/openapi/crm/follow/list?access_token=${token}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"current_index":1,"page_size":100}',
  })
  assert.match(list, new RegExp(`"total":${FOLLOWS}\\b`))
  assert.match(list, new RegExp(`"id":${LARGE_ID},`))
  assert.match(await ask('/openapi.json'), /"openapi":"3/)
  assert.match(await ask('/docs'), /<html/)
  for (const page of ['/sign-in', '/invitation', '/sign-in/sign-in.js', '/sign-in/sign-in.css'])
    await ask(page)
  await checkSignIn(command, server.url)
  // The log is lines of JSON only: no warning of Node that SQLite is experimental.
  assert.doesNotMatch(await server.stop(), /Warning/)
}

/** A person accepts an invitation and begins to add a passkey: what is loaded for that is installed too. */
async function checkSignIn(command: Genjin, url: string): Promise<void> {
  const { link } = JSON.parse(await genjin(command, ['user', 'invite', 'zhang', '--corp', 'acme', '--json']))
  const post = async (path: string, body: object, cookie = '') => {
    const headers = { 'Content-Type': 'application/json', Origin: url, Cookie: cookie }
    const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    const { code, msg, data } = (await response.json()) as { code: number; msg: string; data: unknown }
    assert.equal(code, 0, `${path}: ${msg}`)
    return { data, cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? '' }
  }
  const accepted = { invitation: link.split('#')[1], password: '河边有三棵很高的柳树' }
  const { cookie } = await post('/invitation/password', accepted)
  const { data } = await post('/openapi/me', {}, cookie)
  assert.equal((data as { person: { user_id: string } }).person.user_id, 'zhang')
  await post('/openapi/me/passkey/begin', {}, cookie)
}

/** The reader thread, which is loaded by a URL and which a corp this small never needs. */
async function checkThread({ node, folder, database }: Genjin): Promise<void> {
  const script = `${database}.mjs`
  const module = pathToFileURL(join(folder, 'node_modules/genjin/server/store/driver/sqlite-reader.js')).href
  const code = `import { ReaderThread } from ${JSON.stringify(module)}
    const reader = new ReaderThread(${JSON.stringify(database)})
    const [count] = await reader.transaction((tx) => tx.get('SELECT count(*) FROM follow', []))
    await reader.close()
    console.log(count)`
  writeFileSync(script, code)
  assert.equal(await run(node, [script]), `${FOLLOWS}\n`)
}
