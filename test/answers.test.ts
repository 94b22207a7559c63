import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { OPERATIONS, type Operation, openapiDocument } from 'genjin-contract'
import { type Answer, send, TestClient } from './support/client.ts'
import { cookieOf, PASSWORD, PersonClient, person, postAsPage } from './support/people.ts'
import { noteSecret } from './support/recording.ts'
import { sharedServer } from './support/server.ts'

const server = await sharedServer({ demo: true })
assert.ok(server.server.demo)
const client = new TestClient(server.url, server.server.demo)

type Validate = (value: unknown) => void

/** Checks an answer against what openapi.json promises for its operation and status. */
function validatorOf(path: string, method: string): Validate {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
  const document = openapiDocument() as never as Record<string, never>
  ajv.addSchema(document, 'openapi')
  const pointer = `openapi#/paths/${path.replaceAll('/', '~1')}/${method.toLowerCase()}/responses/200/content/application~1json/schema`
  const validate = ajv.getSchema(pointer)
  assert.ok(validate, pointer)
  return (value) => assert.ok(validate(value), JSON.stringify(validate.errors?.slice(0, 3)))
}

test('every answer is what openapi.json promises, success and refusal, over the whole demo company', async () => {
  const signedIn = await postAsPage(server.url, '/sign-in/demo', { role: 'admin' })
  const admin = new PersonClient(server.url, cookieOf(signedIn) as string)
  const operations = Object.values(OPERATIONS) as Operation[]
  const isOfPeople = ({ auth, callers }: Operation) => auth && !callers.includes('app')
  // Those of people first: the example of another one replaces the whole staff.
  for (const operation of [
    ...operations.filter(isOfPeople),
    ...operations.filter((one) => !isOfPeople(one)),
  ]) {
    const check = validatorOf(operation.path, operation.method)
    const short = operation.path.slice('/openapi/'.length)
    const ask = (input: Record<string, unknown>) =>
      isOfPeople(operation) ? admin.post(short, input, { origin: server.url }) : client.call(operation, input)
    if (operation.example) {
      const { envelope, text } = await ask(operation.example)
      assert.equal(envelope.code, 0, text.slice(0, 200))
      assert.ok(envelope.data.total === undefined || envelope.data.total > 0, operation.path)
    }
    check((await ask({ page_size: 'x' })).envelope)
    check((await send(server.url, { method: operation.method, path: operation.path })).envelope)
    if (isPaged(operation)) {
      await checkAllPages(ask, check)
    }
  }
  const created = await client.post('crm/follow/create', {
    type: 1,
    id: '123',
    user_id: 'user123',
    contact_type: '电话跟进',
    follow_content: '内容',
  })
  assert.equal(created.envelope.code, 0)
  validatorOf('/openapi/crm/follow/create', 'POST')(created.envelope)
  validatorOf('/openapi/access_token', 'GET')((await client.askToken()).envelope)
  await server.company('people', [
    { kind: 'department', id: 101, name: '一组' },
    ...['root', 'user123'].map((userId) => ({ kind: 'staff', user_id: userId, name: userId })),
  ])
  await checkPeople(await person(server, 'people', 'root', 'admin'))
})

/** What an administrator does with people and apps, each answer checked. */
async function checkPeople(admin: PersonClient): Promise<void> {
  // biome-ignore lint/suspicious/noExplicitAny: tests read any response
  const done = async (path: string, body: Record<string, unknown> = {}): Promise<any> => {
    const { envelope, text } = await admin.post(path, body)
    assert.equal(envelope.code, 0, text)
    validatorOf(`/openapi/${path}`, 'POST')(envelope)
    return envelope.data
  }
  await done('me')
  await done('me/save', { appearance: 'dark' })
  const user_id = 'user123'
  noteSecret((await done('person/invite', { user_id })).link.split('#')[1])
  await done('person/role', { user_id, role: 'manager', department_ids: [101] })
  await done('person/session/end', { user_id })
  await done('person/disable', { user_id })
  await done('person/session/list', { user_id: 'root' })
  const { appid, app_secret } = await done('app/create', { label: '同步', read_only: true })
  noteSecret(app_secret)
  await done('app/rename', { appid, label: '报表' })
  noteSecret((await done('app/rotate', { appid })).app_secret)
  await done('app/revoke', { appid })
  for (const path of ['person/list', 'app/list', 'audit/list']) {
    assert.ok((await done(path)).total > 0, path)
  }
  await done('me/password', { old_password: PASSWORD, new_password: `${PASSWORD} 2` })
  await done('me/session/end')
}

function isPaged({ body, query }: Operation): boolean {
  return 'current_index' in ((body ?? query)?.properties ?? {})
}

async function checkAllPages(
  ask: (input: Record<string, unknown>) => Promise<Answer>,
  check: Validate,
): Promise<void> {
  const size = 100
  let seen = 0
  for (let index = 1; ; index++) {
    const { envelope, text } = await ask({ current_index: index, page_size: size })
    assert.equal(envelope.code, 0, text.slice(0, 200))
    check(envelope)
    seen += envelope.data.records.length
    if (envelope.data.records.length < size) {
      assert.equal(seen, envelope.data.total)
      return
    }
  }
}

test('/openapi.json, /docs, /livez, /readyz and /metrics', async () => {
  const document = await send(server.url, { path: '/openapi.json' })
  assert.deepEqual(document.envelope, JSON.parse(JSON.stringify(openapiDocument())))
  for (const path of ['/livez', '/readyz']) {
    assert.equal(
      (await send(server.url, { path })).text,
      '{"code":0,"msg":"ok","data":null,"sub_code":"00000"}',
    )
  }
  const metrics = await send(server.url, { path: '/metrics' })
  assert.match(
    metrics.text,
    /genjin_http_request_seconds_count\{method="POST",route="\/openapi\/crm\/follow\/list",status="200",code="0"\} \d+/,
  )
  assert.match(metrics.text, /status="200",code="10001"\} \d+/)
  assert.doesNotMatch(metrics.text, /access_token=|gjt_/)
  assert.equal((await send(server.url, { method: 'HEAD', path: '/readyz' })).status, 200)
})

test('the reference page loads nothing from outside the origin and nothing inline, by its text and by its policy', async () => {
  for (const path of ['/docs', '/docs/', '/docs/en']) {
    const page = await send(server.url, { path })
    assert.equal(page.status, 200)
    const policy = String(page.headers['content-security-policy'])
    assert.match(policy, /^default-src 'none';/)
    assert.doesNotMatch(policy, /https?:|unsafe|\*/)
    assert.doesNotMatch(page.text, /<style|<script>|\son\w+=|\sstyle=/)
    const sources = [...page.text.matchAll(/<(?:link|script)[^>]+(?:src|href)="([^"]+)"/g)].map(
      ([, source = '']) => source,
    )
    assert.deepEqual(sources, ['data:,', '/docs/reference.css', '/docs/reference.js'])
  }
  for (const name of ['reference.css', 'reference.js', 'samples.js', 'json-text.js']) {
    const file = await send(server.url, { path: `/docs/${name}`, headers: { 'accept-encoding': 'gzip, br' } })
    assert.equal(file.status, 200, name)
    assert.equal(file.headers['content-encoding'], 'gzip')
    const etag = String(file.headers.etag)
    assert.equal(
      (await send(server.url, { path: `/docs/${name}`, headers: { 'if-none-match': etag } })).status,
      304,
    )
  }
})

test("the platform's sample request and answer satisfy openapi.json", () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema(openapiDocument(), 'openapi')
  const operation = 'openapi#/paths/~1openapi~1crm~1follow~1list/post'
  const parts = {
    'seed-request.json': `${operation}/requestBody/content/application~1json/schema`,
    'seed-answer.json': `${operation}/responses/200/content/application~1json/schema`,
  }
  for (const [file, pointer] of Object.entries(parts)) {
    const validate = ajv.getSchema(pointer)
    const value = JSON.parse(readFileSync(new URL(`./fixtures/${file}`, import.meta.url), 'utf8'))
    assert.ok(validate?.(value), JSON.stringify(validate?.errors))
  }
})
