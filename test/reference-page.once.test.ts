import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, test } from 'node:test'
import axe, { type AxeResults } from 'axe-core'
import { OPERATIONS, type OperationName } from 'genjin-contract'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { samplesOf } from '../packages/server/src/http/reference/samples.js'
import { NO_BROWSER, openBrowser } from './support/browser.ts'
import { send } from './support/client.ts'
import { follow, sharedServer } from './support/server.ts'

/** A double would make it …5000. */
const BIG = '2005841375225494994'

const server = await sharedServer({ demo: true })
assert.ok(server.server.demo)
const { appid, app_secret: secret } = server.server.demo
await server.load('demo', [follow({ id: BIG, content: '长整数' })])

let opened: Promise<Browser> | undefined
after(async () => (await opened)?.close())

/** A page, with what it asked for and what went wrong on it. */
async function open(path: string, options: BrowserContextOptions = {}) {
  opened ??= openBrowser()
  const context = await (await opened).newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  const requests: URL[] = []
  const problems: string[] = []
  page.on('request', (request) => requests.push(new URL(request.url())))
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(String(error)))
  await page.goto(server.url + path)
  return { page, requests, problems, [Symbol.asyncDispose]: () => context.close() }
}

async function signIn(page: Page, given = secret): Promise<void> {
  await page.fill('[name=appid]', appid)
  await page.fill('[name=app_secret]', given)
  await page.press('[name=app_secret]', 'Enter')
}

/** Sends a text as an operation's body and returns what the page shows. */
async function ask(page: Page, name: OperationName, body: string): Promise<string> {
  await page.fill(`#${name} textarea`, body)
  await page.click(`#${name} .try button`)
  await page.waitForSelector(`#${name} .told:has-text("HTTP ")`)
  return page.innerText(`#${name} .answer`)
}

/** What axe looks at: one operation stands for all, which takes it a minute. */
const PARTS = ['header', 'nav', '.access', '#followCreate', '#error-40910']

const options = { skip: NO_BROWSER }

test(
  'C6 an id above 2^53 is shown digit for digit, and finds its record when it is pasted back',
  options,
  async () => {
    await using opened = await open('/docs')
    const { page, problems } = opened
    await signIn(page)
    const shown = await ask(page, 'followList', `{"id_list":["${BIG}"]}`)
    assert.match(shown, new RegExp(`"id": ${BIG},`))
    const again = await ask(page, 'followList', `{"id_list":[${BIG}]}`)
    assert.equal(again, shown)
    assert.match(again, /"total": 1,/)
    assert.deepEqual(problems, [])
  },
)

test(
  'signing in: once for all requests and a reload, in this tab only, never in the address of the page',
  options,
  async () => {
    await using opened = await open('/docs')
    const { page, requests, problems } = opened
    await signIn(page, 'gjs_wrong')
    await page.waitForSelector('#sign-in-told:has-text("app_secret 不正确")')
    await signIn(page)
    await page.waitForSelector('.signed-in')
    await page.reload()
    assert.match(await page.innerText('#signed-in'), new RegExp(appid))
    assert.match(await ask(page, 'followTypeList', '{"page_size":1}'), /"code": 0,/)
    // Revoked elsewhere: a new token is fetched, unseen.
    await page.evaluate(() => {
      const kept = JSON.parse(sessionStorage.getItem('genjin-docs') as string)
      sessionStorage.setItem('genjin-docs', JSON.stringify({ ...kept, token: 'gjt_gone' }))
    })
    assert.match(await ask(page, 'followTypeList', '{"page_size":1}'), /"code": 0,/)
    assert.ok(!page.url().includes('?') && !page.url().includes(secret))
    assert.deepEqual(await page.evaluate('[localStorage.length, document.cookie]'), [0, ''])
    assert.ok(
      requests.every(({ origin, search }) => origin === server.url && !search.includes('access_token=')),
    )
    const other = await page.context().newPage()
    await other.goto(`${server.url}/docs`)
    assert.equal(await other.innerText('#sign-in button'), '登录')
    await page.click('#sign-out')
    await page.reload()
    assert.ok(await page.isVisible('#sign-in'))
    assert.equal(await page.evaluate('sessionStorage.length'), 0)
    assert.deepEqual(problems, [])
  },
)

test('search finds operations by name, path, field and error code, from the keyboard', options, async () => {
  await using opened = await open('/docs/en')
  const { page } = opened
  const visible = () => page.$$eval('section.operation:not([hidden])', (all) => all.map(({ id }) => id))
  assert.equal((await visible()).length, Object.keys(OPERATIONS).length)
  await page.keyboard.press('/')
  for (const [words, expected] of [
    ['reconcile', 'followReconcile'],
    ['/follow/type/rename', 'followTypeRename'],
    ['whole_checksum', 'followReconcile'],
    ['40930', 'followChanges'],
  ] as const) {
    await page.fill('#search', words)
    const found = await visible()
    assert.ok(found.includes(expected) && found.length < 8, `${words}: ${found}`)
  }
  await page.fill('#search', 'nothing like this')
  assert.deepEqual(await visible(), [])
  assert.equal(await page.innerText('#found'), '0 operations')
})

test(
  '390 and 1280 px wide, light and dark, both languages: nothing sticks out, no serious fault of accessibility',
  options,
  async () => {
    for (const path of ['/docs', '/docs/en']) {
      for (const width of [390, 1280]) {
        for (const colorScheme of ['light', 'dark'] as const) {
          await using opened = await open(path, { viewport: { width, height: 844 }, colorScheme })
          const { page, problems } = opened
          const where = `${path} ${width} ${colorScheme}`
          await page.evaluate(
            `document.querySelectorAll('main details').forEach((one) => { one.open = true })`,
          )
          assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width, where)
          assert.deepEqual(problems, [], where)
          await page.evaluate(axe.source)
          const { violations } = await page.evaluate<AxeResults>(
            `axe.run({ include: ${JSON.stringify(PARTS)} })`,
          )
          const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
          assert.deepEqual(
            serious.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`),
            [],
            where,
          )
        }
      }
    }
  },
)

test('the samples in curl, TypeScript and Python run, and send the same exact request', async (context) => {
  const token = (
    await send(server.url, { path: `/openapi/access_token?appid=${appid}&app_secret=${secret}` })
  ).envelope.data.access_token
  const env = { ...process.env, TOKEN: token, APPID: appid, SECRET: secret }
  const url = `${server.url}${OPERATIONS.followList.path}`
  const input = `{"id_list":[${BIG}],"title":"","fetch_child":1,"x":[true,null,"it's \\u4f60\\/\\"{}"],"page_size":1}`
  const list = samplesOf({ method: 'POST', url, input, keyed: false, auth: true })
  const staff = { method: 'GET', url: `${server.url}${OPERATIONS.staffList.path}`, input: 'page_size=1' }
  const keyed = {
    method: 'POST',
    url: `${server.url}${OPERATIONS.followCreate.path}`,
    input: JSON.stringify(OPERATIONS.followCreate.example),
    keyed: true,
    auth: true,
  }
  const access = {
    method: 'GET',
    url: `${server.url}${OPERATIONS.accessToken.path}`,
    input: '',
    keyed: false,
    auth: false,
  }
  const all = [
    [list, new RegExp(`"total":1,"records":\\[\\{"id":${BIG},`)],
    [samplesOf({ ...staff, keyed: false, auth: true }), /"records":\[\{"userId"/],
    [samplesOf(keyed), /^\{"code":0,"msg":"请求成功","data":\d+,/],
    [samplesOf(access), /"access_token":"gjt_/],
  ] as const
  const programs = {
    curl: ['sh', '-c'],
    TypeScript: [process.execPath, '--input-type=module-typescript', '-e'],
    Python: ['python3', '-c'],
  }
  for (const [language, [program = '', ...args]] of Object.entries(programs)) {
    if (spawnSync(language === 'curl' ? 'curl' : program, ['--version']).status !== 0) {
      context.diagnostic(`${language} is not on this machine: its samples were not run`)
      continue
    }
    for (const [samples, expected] of all) {
      const text = samples?.[language as keyof typeof samples] ?? ''
      // Beside this process, whose server answers.
      const { promise, resolve } = Promise.withResolvers<string>()
      const { execFile } = await import('node:child_process')
      execFile(program, [...args, text], { env }, (error, stdout, stderr) =>
        resolve(error ? `${error}${stderr}` : stdout),
      )
      assert.match(await promise, expected, `${language}\n${text}`)
    }
  }
})
