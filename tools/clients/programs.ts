/**
 * A program with the declarations that it uses: `BIG`, `exactFetch`, and what its environment tells. `SEED` becomes the
 * platform's sample body where it stands, as a user would write it.
 */
export function complete(
  program: string,
  { seed, exactFetch, big }: Record<'seed' | 'exactFetch' | 'big', string>,
): string {
  return `import assert from 'node:assert/strict'

const { BASE = '', APPID = '', SECRET = '', MINE = '' } = process.env
const BIG = '${big}'

${exactFetch}
${program.replaceAll('SEED', seed.trim())}`
}

/** `follow/list` with the platform's sample body, and an id above 2^53 there and back, by a client of openapi-typescript. */
export const OPENAPI_TYPESCRIPT = `
import createClient from 'openapi-fetch'
import type { components, paths } from './schema.d.ts'

const client = createClient<paths>({ baseUrl: BASE, fetch: exactFetch })
const granted = await client.GET('/openapi/access_token', {
  params: { query: { appid: APPID, app_secret: SECRET } },
})
assert.ok(granted.data?.code === 0)
const { access_token } = granted.data.data
client.use({
  onRequest({ request }) {
    request.headers.set('Authorization', \`Bearer \${access_token}\`)
  },
})
async function list(body: components['schemas']['FollowListBody']): Promise<components['schemas']['FollowRecordPage']> {
  const { data } = await client.POST('/openapi/crm/follow/list', { body })
  assert.ok(data?.code === 0, data?.msg)
  return data.data
}
assert.equal((await list(SEED)).total, 1)
const first = await list({ id_list: [BIG] })
const id = String(first.records[0]?.id)
assert.equal(id, BIG)
assert.equal((await list({ id_list: [id, 1] })).records[0]?.content, '长整数')
const { data: refused } = await client.POST('/openapi/crm/follow/list', { body: { page_size: 101 } })
assert.ok(refused?.code === 40020 && refused.field === 'page_size')
const created = await client.POST('/openapi/crm/follow/create', {
  body: { target_type: 1, id: BIG, user_id: MINE, contact_type: '拜访', follow_content: '内容', stage_id: BIG },
})
assert.equal(created.data?.code, 0)
const large = await client.POST('/openapi/crm/follow/create', {
  body: { id: '', user_id: '', contact_type: '', follow_content: 'x'.repeat(1024 * 1024) },
})
assert.equal(large.error?.code, 41300)
`

/** The same by a client of @hey-api/openapi-ts. */
export const HEY_API = `
import { client } from './hey/client.gen.ts'
import { accessToken, followCreate, followList, type FollowListBody, type FollowRecordPage } from './hey/index.ts'

client.setConfig({ baseUrl: BASE, fetch: exactFetch })
const granted = await accessToken({ query: { appid: APPID, app_secret: SECRET } })
assert.ok(granted.data?.code === 0)
const { access_token } = granted.data.data
client.setConfig({ auth: (scheme) => (scheme.in === 'query' ? access_token : undefined) })
async function list(body: FollowListBody): Promise<FollowRecordPage> {
  const { data } = await followList({ body })
  assert.ok(data?.code === 0, data?.msg)
  return data.data
}
assert.equal((await list(SEED)).total, 1)
const first = await list({ id_list: [BIG] })
const id = String(first.records[0]?.id)
assert.equal(id, BIG)
assert.equal((await list({ id_list: [id, 1] })).records[0]?.content, '长整数')
const refused = await followList({ body: { page_size: 101 } })
assert.ok(refused.data?.code === 40020 && refused.data.field === 'page_size')
const created = await followCreate({
  body: { target_type: 1, id: BIG, user_id: MINE, contact_type: '拜访', follow_content: '内容', stage_id: BIG },
})
assert.equal(created.data?.code, 0)
const large = await followCreate({
  body: { id: '', user_id: '', contact_type: '', follow_content: 'x'.repeat(1024 * 1024) },
})
assert.equal(large.error?.code, 41300)
`
