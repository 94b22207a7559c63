import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { OPERATIONS, type Operation, openapiDocument } from 'genjin-contract'
import { type Answer, send, TestClient } from './support/client.ts'
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
  for (const operation of Object.values(OPERATIONS) as Operation[]) {
    const check = validatorOf(operation.path, operation.method)
    const ask = (input: Record<string, unknown>) => client.call(operation, input)
    if (operation.example) {
      const { envelope, text } = await ask(operation.example)
      assert.equal(envelope.code, 0, text.slice(0, 200))
      assert.ok(envelope.data.total === undefined || envelope.data.total > 0, operation.path)
    }
    check((await ask({ page_size: 'x' })).envelope)
    check((await send(server.url, { method: operation.method, path: operation.path })).envelope)
    if (operation.path.endsWith('/list') || operation.path.endsWith('/listForSystem')) {
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
})

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

test('the reference page loads nothing from outside the origin, by its own text and by its security policy', async () => {
  const page = await send(server.url, { path: '/docs' })
  assert.equal(page.status, 200)
  assert.match(String(page.headers['content-security-policy']), /^default-src 'self';/)
  assert.doesNotMatch(String(page.headers['content-security-policy']), /https?:/)
  const sources = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source = '']) => source)
  assert.ok(sources.length >= 4)
  for (const source of sources) {
    assert.doesNotMatch(source, /^(https?:)?\/\//)
    const file = await send(server.url, { path: new URL(source, `${server.url}/docs`).pathname })
    assert.equal(file.status, 200, source)
  }
})
