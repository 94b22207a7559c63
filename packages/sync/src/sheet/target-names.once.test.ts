import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GenjinClient } from 'genjin-client'
import { recordWith } from '../../../../test/support/sheets.ts'
import { ListedNames, TargetNames } from './target-names.ts'

type Follows = Parameters<TargetNames['named']>[0]

/** Names from a server that has the list of opportunities only. */
function withOpportunities() {
  const asked: string[] = []
  const client = new GenjinClient({
    baseUrl: 'http://local',
    fetchToken: async () => ({ access_token: 'local', create_at: 0, expires_in: 7200 }),
    fetch: async (url) => {
      const { pathname } = new URL(String(url))
      asked.push(pathname)
      if (!/opportunity/.test(pathname)) return new Response('not found', { status: 404 })
      const records = [{ opportunity_name: '二期' }]
      return Response.json({ code: 0, msg: '请求成功', data: { total: 1, records }, sub_code: '00000' })
    },
  })
  const listed = new ListedNames(client)
  return { asked, listed, targets: new TargetNames(listed.find) }
}

function followsOf(type: number, from: number, count: number): Follows {
  return Array.from({ length: count }, (_, index) =>
    recordWith({ id: from + index, business_type: type, business_id: `${from + index}` }),
  ) as unknown as Follows
}

test('a list that a server lacks is asked for once; other objects keep their names', async () => {
  const { asked, listed, targets } = withOpportunities()
  for (const from of [1, 101]) await targets.named(followsOf(1, from, 50))
  const customers = asked.length
  assert.ok(customers > 0 && customers < 50, `${customers}`)
  const [named] = await targets.named(followsOf(3, 201, 1))
  assert.equal(named?.business_name, '二期')
  // None of them is one that a limit has left out.
  assert.equal(listed.skipped, 0)
})

test('objects beyond 2,000 are not asked about, and counted', async () => {
  const { asked, listed, targets } = withOpportunities()
  for (const from of [1, 1501]) await targets.named(followsOf(3, from, 1500))
  assert.equal(asked.length, 2000)
  assert.equal(listed.skipped, 1000)
})
