import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import { after, test } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { NO_BROWSER, openBrowser } from '../support/browser.ts'
import { type Answer, assertRefused, send } from '../support/client.ts'
import { invited, OWN_PAGE, PASSWORD, PersonClient, person, postAsPage } from '../support/people.ts'
import { noteSecret } from '../support/recording.ts'
import { listening } from '../support/scripted-server.ts'
import { sharedServer } from '../support/server.ts'
import { wecomDouble } from '../support/wecom-double.ts'

/** The ways in, as people go them: in a browser, with a real provider of OpenID Connect and a double of WeCom. */

const CLIENT = { client_id: 'genjin', client_secret: 'a secret of the provider, 32 bytes' }
noteSecret(CLIENT.client_secret)

/** Answers nothing until the provider knows where genjin listens. */
let provider: RequestListener = (_request, response) => response.writeHead(503).end()
const oidc = await listening(createServer((request, response) => provider(request, response)))
after(() => oidc[Symbol.asyncDispose]())
const wecom = await wecomDouble()
after(() => wecom[Symbol.asyncDispose]())
noteSecret(wecom.secret)

const server = await sharedServer({
  demo: true,
  env: {
    oidc: {
      corp: 'acme',
      issuer: oidc.url,
      clientId: CLIENT.client_id,
      clientSecret: CLIENT.client_secret,
      claim: undefined,
    },
    wecom: {
      corp: 'acme',
      corpid: wecom.corpid,
      agentId: wecom.agentId,
      secret: wecom.secret,
      base: wecom.url,
    },
  },
})
// Passkeys belong to a name: no browser makes one for an address.
const base = server.url.replace('127.0.0.1', 'localhost')
const { host } = new URL(base)
wecom.trusted = host
wecom.now = () => server.clock.ms
provider = await openIdProvider()
/** No place to break the line. */
const LONG_ID = 'long'.repeat(16)
const STAFF = ['amy', 'bob', 'cat', 'dan', 'eve', 'fay', LONG_ID]
await server.company(
  'acme',
  STAFF.map((id) => ({ kind: 'staff', user_id: id, name: id.toUpperCase() })),
)

/** oidc-provider, with its own pages: who names an account is signed in to it. */
async function openIdProvider(): Promise<RequestListener> {
  const name = 'oidc-provider'
  const { default: Provider } = await import(name)
  const made = new Provider(oidc.url, {
    clients: [
      {
        ...CLIENT,
        redirect_uris: [`${base}/sign-in/oidc/callback`],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    clientAuthMethods: ['client_secret_basic'],
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['preferred_username'], email: ['email'] },
    cookies: { keys: ['a key of the test'] },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: `sub of ${id}`, preferred_username: id }),
    }),
  })
  return made.callback()
}

let opened: Promise<Browser> | undefined
after(async () => (await opened)?.close())

/** A page of a browser of its own, with what went wrong on it. */
async function open(path: string, options: BrowserContextOptions = {}) {
  opened ??= openBrowser()
  const context = await (await opened).newContext(options)
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const problems: string[] = []
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(String(error)))
  await page.goto(base + path)
  return { page, problems, [Symbol.asyncDispose]: () => context.close() }
}

/** An authenticator of the device, which agrees at once. */
async function authenticator(page: Page) {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return {
    /** Whether the person proves to the device who they are. */
    verify: (isUserVerified: boolean) =>
      session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
  }
}

async function signedIn(page: Page, userId: string, way: string): Promise<PersonClient> {
  await page.waitForSelector(`#who:has-text("${userId.toUpperCase()}，已登录")`)
  const client = await clientOf(page)
  const { person: me } = await client.done('me')
  const current = me.sessions.find((one: { current: boolean }) => one.current)
  assert.deepEqual([me.user_id, current.way], [userId, way])
  return client
}

async function clientOf(page: Page): Promise<PersonClient> {
  const cookies = await page.context().cookies()
  const cookie = cookies.find(({ name }) => name === '__Host-genjin')
  assert.ok(cookie?.httpOnly && cookie.secure && cookie.sameSite === 'Lax')
  noteSecret(cookie.value)
  // Of the browser's host: it is what the cookie's name goes by.
  return new PersonClient(server.url, `${cookie.name}=${cookie.value}`)
}

/** The next request of a path. */
const requestOf = (page: Page, path: string) =>
  page.waitForRequest((request) => new URL(request.url()).pathname === path)

const told = (page: Page, text: string) => page.waitForSelector(`#problem:has-text("${text}")`)

const options = { skip: NO_BROWSER }

test('a password: by an invitation, then on the sign-in page', options, async () => {
  const invitation = await invited(server, 'acme', 'amy')
  await using opened = await open(`/invitation#${invitation}`)
  const { page, problems } = opened
  await page.waitForSelector('#who:has-text("AMY，您被邀请为员工")')
  await page.waitForSelector('#account:has-text("企业 ID 是 acme，账号是 amy")')
  assert.equal(page.url(), `${base}/invitation`, 'it stands in the address no longer')
  assert.equal(await page.evaluate('document.cookie'), '')
  await page.fill('#invitation [name=password]', 'aaaaaaaaaa')
  await page.click('#invitation button')
  await told(page, '密码太容易猜到')
  await page.fill('#invitation [name=password]', PASSWORD)
  await page.click('#invitation button')
  const client = await signedIn(page, 'amy', 'password')
  await page.click('#sign-out')
  await page.waitForSelector('#password:not([hidden])')
  assertRefused(await client.post('me'), 40110)
  await page.fill('[name=corp]', 'acme')
  await page.fill('[name=user_id]', 'amy')
  await page.fill('[name=password]', 'not the password')
  await page.press('[name=password]', 'Enter')
  await told(page, '企业、账号或密码不正确')
  await page.fill('[name=password]', PASSWORD)
  await page.press('[name=password]', 'Enter')
  await signedIn(page, 'amy', 'password')
  assert.deepEqual(problems, [])
  // The link again: used up.
  await page.goto(`${base}/invitation#${invitation}`)
  await told(page, '邀请不可用')
  // Opened again without it.
  await page.reload()
  await told(page, '这里没有邀请')
  await page.click('#to-sign-in')
  await page.waitForURL(`${base}/sign-in`)
})

test('names of any length stay inside the page', options, async () => {
  await using opened = await open(`/invitation#${await invited(server, 'acme', LONG_ID)}`)
  const { page } = opened
  await page.setViewportSize({ width: 390, height: 844 })
  await page.waitForSelector(`#account:has-text("${LONG_ID}")`)
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390)
})

test('a passkey: by an invitation, then by one press; its signature is good once', options, async () => {
  await using opened = await open('/sign-in')
  const { page, problems } = opened
  const device = await authenticator(page)
  await page.goto(`${base}/invitation#${await invited(server, 'acme', 'bob')}`)
  await device.verify(false)
  await page.click('#invitation-passkey')
  await told(page, '已取消或超时')
  await device.verify(true)
  await page.click('#invitation-passkey')
  const bob = await signedIn(page, 'bob', 'passkey')
  const { passkeys, has_password } = (await bob.done('me')).person
  assert.deepEqual([passkeys.length, has_password], [1, false])
  // Another one of this device is not made.
  await page.click('#add-passkey')
  await told(page, '已经登记过')
  await page.click('#sign-out')
  await page.waitForSelector('#passkey:not([hidden])')
  const sent = requestOf(page, '/sign-in/passkey')
  await page.click('#passkey')
  await signedIn(page, 'bob', 'passkey')
  const body = (await sent).postDataJSON()
  const replay = (changed: object, origin = base) =>
    postAsPage(server.url, '/sign-in/passkey', { ...body, ...changed }, { host, origin })
  assertRefused(await replay({}), 40120, '没有通过验证')
  // Synced passkeys do not count their signatures: then it is the challenge that is used up.
  await server.temp.query('UPDATE passkey SET sign_count = 0')
  assertRefused(await replay({}), 40120, '已使用')
  // Signed for another challenge, for another address, changed by a bit.
  const begun = await postAsPage(server.url, '/sign-in/passkey/begin', {}, { host, origin: base })
  const { challenge } = begun.envelope.data
  assertRefused(await replay({ challenge }), 40120, '没有通过验证')
  const signature = Buffer.from(body.response.response.signature, 'base64url')
  signature[10] = (signature[10] as number) ^ 1
  const forged = {
    ...body.response,
    response: { ...body.response.response, signature: signature.toString('base64url') },
  }
  assertRefused(await replay({ challenge, response: forged }), 40120, '没有通过验证')
  assert.deepEqual(
    problems.filter((text) => !text.includes('WebAuthn')),
    [],
  )
  // Removed by its owner: it opens nothing any more.
  const again = await clientOf(page)
  await again.refused('me/passkey/remove', { id: 'nothing' }, 40410, 'id')
  await again.done('me/passkey/remove', { id: passkeys[0].id })
  await page.click('#sign-out')
  await page.waitForSelector('#passkey:not([hidden])')
  await page.click('#passkey')
  await told(page, '没有通过验证')
})

test('a passkey is made in the session that began it, and for whom it was begun', options, async () => {
  await using opened = await open('/sign-in')
  const { page } = opened
  await authenticator(page)
  const cat = await person(server, 'acme', 'cat')
  await page.fill('[name=corp]', 'acme')
  await page.fill('[name=user_id]', 'cat')
  await page.fill('[name=password]', PASSWORD)
  await page.press('[name=password]', 'Enter')
  await page.waitForSelector('#add-passkey:not([hidden])')
  const sent = requestOf(page, '/openapi/me/passkey/add')
  await page.click('#add-passkey')
  const body = (await sent).postDataJSON()
  await page.waitForSelector('#what:has-text("1 个通行密钥")')
  const other = await person(server, 'acme', 'dan')
  for (const who of [cat, other]) {
    assertRefused(await who.post('me/passkey/add', body, { host, origin: base }), 40120)
  }
  const { records } = await person(server, 'acme', 'fay', 'admin').then((root) =>
    root.done('audit/list', { actor_id: 'cat' }),
  )
  assert.deepEqual(
    records.map(({ operation }: { operation: string }) => operation),
    ['me/passkey/add', 'invitation/accept'],
  )
})

/** Goes through the provider's own pages. */
async function agree(page: Page, account: string): Promise<void> {
  await page.fill('[name=login]', account)
  await page.fill('[name=password]', 'any')
  await page.click('button[type=submit]')
  await page.click('button[type=submit]:has-text("Continue")')
}

test('OpenID Connect: with oidc-provider, back to the page that was asked for', options, async () => {
  await using opened = await open('/sign-in?to=/docs')
  const { page, problems } = opened
  await page.click('#oidc:not([hidden])')
  await page.waitForURL(`${oidc.url}/**`)
  const back = requestOf(page, '/sign-in/oidc/callback')
  await agree(page, 'dan')
  await page.waitForURL(`${base}/docs`)
  // The provider's own page wants a font.
  assert.deepEqual(
    problems.filter((text) => !text.includes('ERR_NAME_NOT_RESOLVED')),
    [],
  )
  await page.goto(`${base}/sign-in`)
  await signedIn(page, 'dan', 'oidc')
  // The address again: what was kept for it is gone.
  await page.goto((await back).url())
  await told(page, '登录请求已过期')
  assert.equal(page.url(), `${base}/sign-in`)
  await page.reload()
  assert.ok(await page.isHidden('#problem'), 'told once')
})

test(
  'OpenID Connect: cancelled, a state that is forged, a code used twice, nobody of the company',
  options,
  async () => {
    await using opened = await open('/sign-in')
    const { page } = opened
    await page.click('#oidc:not([hidden])')
    await page.click('a[href*=abort]')
    await told(page, '单点登录没有完成')
    await page.click('#oidc')
    await page.waitForURL(`${oidc.url}/**`)
    await page.goto(`${base}/sign-in/oidc/callback?code=x&state=forged`)
    await told(page, '单点登录没有完成')
    // The code of a sign-in that was completed, with what the browser had kept for it.
    await page.click('#oidc')
    await page.waitForURL(`${oidc.url}/**`)
    const kept = (await page.context().cookies(base)).filter(({ name }) => name === '__Host-genjin-oidc')
    assert.equal(kept.length, 1)
    const back = requestOf(page, '/sign-in/oidc/callback')
    await agree(page, 'stranger')
    await told(page, 'stranger 不是企业 acme 的在职员工')
    await page.context().addCookies(kept)
    await page.goto((await back).url())
    await told(page, '单点登录没有完成')
  },
)

/** A browser's sign-in at WeCom without the browser: each answer, with the cookies so far. */
async function wecomSignIn(change: { forge?: (back: URL) => void; wait?: () => void; to?: string } = {}) {
  const query = change.to === undefined ? '' : `?to=${encodeURIComponent(change.to)}`
  const begun = await send(server.url, { path: `/sign-in/wecom${query}`, headers: { host, ...OWN_PAGE } })
  const cookie = [begun.headers['set-cookie'] ?? []].flat()[0]?.split(';')[0] as string
  const there = new URL(String(begun.headers.location))
  const page = await send(wecom.url, { path: there.pathname + there.search })
  if (page.status === 200) return { page, back: undefined, answer: undefined, problem: page.text }
  const back = new URL(String(page.headers.location))
  change.wait?.()
  change.forge?.(back)
  const callback = () => send(server.url, { path: back.pathname + back.search, headers: { host, cookie } })
  const answer = await callback()
  return { page, back, answer, problem: await problemOf(answer), again: callback }
}

/** What the sign-in page will tell after an answer. */
async function problemOf(answer: Answer): Promise<string | null> {
  const cookies = [answer.headers['set-cookie'] ?? []].flat().map((one) => one.split(';')[0])
  const headers = { host, cookie: cookies.join('; ') }
  const { envelope } = await send(server.url, { path: '/sign-in/ways', headers })
  return envelope.data.problem
}

test('WeCom: inside WeCom by its own page, elsewhere by the QR code', options, async () => {
  wecom.who = { userid: 'eve' }
  for (const [userAgent, kind] of [
    ['Mozilla/5.0 (Linux) wxwork/4.1.36 MicroMessenger/7.0.1', 'inside'],
    ['Mozilla/5.0 (X11; Linux x86_64)', 'qr'],
  ] as const) {
    await using opened = await open('/sign-in', { userAgent })
    const { page, problems } = opened
    await page.click('#wecom:not([hidden])')
    const eve = await signedIn(page, 'eve', 'wecom')
    assert.equal(wecom.pages.at(-1)?.page, kind)
    assert.deepEqual(problems, [])
    if (kind === 'qr')
      assert.deepEqual(await eve.done('me/password', { new_password: PASSWORD }), { ended: 1 })
  }
  assert.equal(wecom.tokens, 1, 'WeCom counts how often a token is fetched')
})

test('WeCom: each refusal says what to do, and lets nobody in', async () => {
  wecom.who = { userid: 'eve' }
  const refused = async (text: string, change: Parameters<typeof wecomSignIn>[0] = {}) => {
    const { answer, problem } = await wecomSignIn(change)
    assert.match(String(problem), new RegExp(text))
    const cookies = [answer?.headers['set-cookie'] ?? []].flat()
    assert.ok(!cookies.some((one) => /^(__Host-)?genjin=/.test(one)))
    if (answer) assert.equal(answer.headers.location, '/sign-in')
  }
  const done = await wecomSignIn()
  assert.deepEqual([done.answer?.headers.location, done.problem], ['/sign-in', null])
  assert.ok([done.answer?.headers['set-cookie']].flat().some((one) => one?.startsWith('__Host-genjin=gjw_')))
  // The browser sends the address again, as when one goes back: with the code, with all cookies.
  assert.match(String(await problemOf((await done.again?.()) as Answer)), /登录码已使用或已过期/)
  await refused('登录码已使用或已过期', {
    wait: () => {
      server.clock.ms += 300_000
    },
  })
  await refused('登录请求与返回不符', { forge: (back) => back.searchParams.set('state', 'f'.repeat(32)) })
  await refused('登录请求与返回不符', { forge: (back) => back.searchParams.delete('state') })
  await refused('登录码已使用或已过期', { forge: (back) => back.searchParams.set('code', 'guessed') })
  wecom.cancels = true
  await refused('登录已取消')
  wecom.cancels = false
  for (const [who, text] of [
    [{ hidden: 'eve' }, '不在企业微信应用的可见范围内'],
    [{ openid: 'oAAA' }, '只有本企业的成员可以登录'],
    [{ userid: 'stranger' }, 'stranger 不是企业 acme 的在职员工'],
  ] as const) {
    wecom.who = who
    await refused(text)
  }
  wecom.who = { userid: 'eve' }
  wecom.trusted = 'another.example.com'
  await refused('50001')
  wecom.trusted = host
  // A token that WeCom ends before its time is fetched anew, once.
  const before = wecom.tokens
  wecom.endToken()
  assert.equal((await wecomSignIn()).problem, null)
  assert.equal(wecom.tokens, before + 1)
})

test('back to pages of this server alone, however an address is spelled', options, async () => {
  wecom.who = { userid: 'eve' }
  const elsewhere = [
    '//evil.example.com',
    '/\\evil.example.com',
    '/\t/evil.example.com',
    '\\/evil.example.com',
    'https://evil.example.com/',
    'javascript:alert(1)',
    '',
  ]
  for (const to of elsewhere) {
    assert.equal((await wecomSignIn({ to })).answer?.headers.location, '/sign-in', JSON.stringify(to))
  }
  assert.equal((await wecomSignIn({ to: '/follows?user=eve' })).answer?.headers.location, '/follows?user=eve')
  for (const to of [...elsewhere.slice(0, 6), '/docs']) {
    await using opened = await open(`/sign-in?to=${encodeURIComponent(to)}`)
    const { page } = opened
    await page.click('[data-role=staff]')
    await page.waitForURL((url) => to !== '/docs' || url.pathname === '/docs')
    if (to !== '/docs') await page.waitForSelector('#who:has-text("已登录")')
    assert.equal(new URL(page.url()).origin, base, to)
  }
})

test(
  'a message in the address is not shown: who writes a link writes nothing on the page',
  options,
  async () => {
    await using opened = await open(`/sign-in?problem=${encodeURIComponent('请致电 400-000-0000')}`)
    await opened.page.waitForSelector('#demo:not([hidden])')
    assert.ok(await opened.page.isHidden('#problem'))
  },
)

test('what a browser kept for its way elsewhere is looked at: nonsense of it is told', async () => {
  const kept = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  for (const way of ['oidc', 'wecom']) {
    for (const value of [
      '',
      'x',
      kept(null),
      kept(1),
      kept({}),
      kept({ state: 1, to: '/' }),
      kept({ state: '', to: '/' }),
    ]) {
      const cookie = `__Host-genjin-${way}=${value}`
      const path = `/sign-in/${way}/callback?code=x&state=`
      const answer = await send(server.url, { path, headers: { host, cookie } })
      assert.deepEqual([answer.status, answer.headers.location], [302, '/sign-in'])
      assert.match(String(await problemOf(answer)), /登录请求已过期/)
    }
  }
})

test('the demo company: one press for each of its roles', options, async () => {
  await using opened = await open('/sign-in')
  const { page, problems } = opened
  for (const [role, name] of [
    ['staff', '员工'],
    ['manager', '主管'],
    ['admin', '管理员'],
  ] as const) {
    await page.click(`[data-role=${role}]`)
    await page.waitForSelector(`#what:has-text("演示企业 · ${name}")`)
    const { person: me, corp } = await (await clientOf(page)).done('me')
    assert.deepEqual([me.role, corp.id], [role, 'demo'])
    await page.click('#sign-out')
    await page.waitForSelector('#demo:not([hidden])')
  }
  assert.deepEqual(problems, [])
  const chief = await postAsPage(server.url, '/sign-in/demo', { role: 'chief' })
  assertRefused(chief, 40000, 'role')
})

test('where there is no demo nobody comes in by a press, nor in a company of its name', async () => {
  const plain = await sharedServer()
  await plain.company('demo', [{ kind: 'staff', user_id: 'user123', name: '真的' }])
  for (const role of ['staff', 'manager', 'admin']) {
    assertRefused(await postAsPage(plain.url, '/sign-in/demo', { role }), 40120, '没有演示企业')
  }
  const { envelope } = await send(plain.url, { path: '/sign-in/ways' })
  assert.deepEqual(envelope.data, { oidc: false, wecom: false, demo: [], problem: null })
  for (const way of ['oidc', 'wecom']) {
    const answer = await send(plain.url, { path: `/sign-in/${way}` })
    assert.deepEqual([answer.status, answer.headers.location], [302, '/sign-in'])
  }
})
