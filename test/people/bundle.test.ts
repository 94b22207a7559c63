import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exportBundle, requireCorp } from 'genjin-server'
import { assertRefused } from '../support/client.ts'
import { invited, PASSWORD, person, postAsPage, signIn } from '../support/people.ts'
import { follow, sharedServer } from '../support/server.ts'

/** People beside bundles and a directory that is replaced: what they see, and that exports stay the same. */

const server = await sharedServer()

const LINES = [
  { kind: 'department', id: 1, name: '公司' },
  { kind: 'department', id: 10, name: '一组', parent_id: 1 },
  { kind: 'staff', user_id: 'amy', name: '艾米', department_ids: [10] },
  { kind: 'staff', user_id: 'lead', name: '主管', department_ids: [1] },
  follow({ id: 1, follow_user_id: 'amy' }),
  follow({ id: 2, follow_user_id: 'lead' }),
]

async function exported(id: string): Promise<string[]> {
  const corp = await requireCorp(server.core.context, id)
  let text = ''
  await exportBundle(server.core.context.store, corp.key, async (lines) => {
    text += lines
  })
  return text.trimEnd().split('\n')
}

const peopleIn = (lines: readonly string[]) => lines.filter((line) => line.startsWith('{"kind":"person"'))

test('a department that is replaced away takes nothing from its manager for good, and bundles carry it', async () => {
  const app = await server.company('replaced', LINES)
  const lead = await person(server, 'replaced', 'lead', 'manager', [10n])
  const total = async () => (await lead.done('crm/follow/list')).total
  assert.equal(await total(), 2)
  const staff = ['amy', 'lead'].map((user_id) => ({ user_id, name: user_id, department_ids: [1] }))
  const replace = (departments: readonly object[], members: readonly object[]) =>
    app.done('department/replace', { departments, staff: members })
  await replace([{ id: 1, name: '公司' }], staff)
  assert.equal(await total(), 1)
  const lines = await exported('replaced')
  assert.deepEqual(peopleIn(lines), [
    '{"kind":"person","user_id":"lead","role":"manager","department_ids":[10],"disabled":false}',
  ])
  await server.company('replaced-copy', lines)
  assert.deepEqual(await exported('replaced-copy'), lines)
  const back = [
    { id: 1, name: '公司' },
    { id: 10, name: '一组', parent_id: 1 },
  ]
  await replace(back, [{ user_id: 'amy', name: '艾米', department_ids: [10] }, staff[1] as object])
  assert.equal(await total(), 2)

  // Who is not among the staff has left: signed out, and nothing of a bundle lets them in again.
  await replace(back, [{ user_id: 'amy', name: '艾米', department_ids: [10] }])
  await lead.refused('crm/follow/list', {}, 40110)
  const left = await exported('replaced')
  await server.load('replaced', left)
  assert.deepEqual(await exported('replaced'), left)
  await lead.refused('crm/follow/list', {}, 40110)
  assertRefused(await signIn(server.url, 'replaced', 'lead'), 40120)
})

test('a person of a bundle whom no staff member is cannot be let in until there is one', async () => {
  const ghost = { kind: 'person', user_id: 'ghost', role: 'admin' }
  await server.company('ghosts', [...LINES, ghost])
  const root = await person(server, 'ghosts', 'lead', 'admin')
  const [record] = (await root.done('person/list')).records
  assert.deepEqual([record.user_id, record.name, record.state], ['ghost', null, 'left'])
  await root.refused('person/invite', { user_id: 'ghost' }, 40920, 'ghost')
  await server.load('ghosts', [{ kind: 'staff', user_id: 'ghost', name: '有了' }])
  const { role } = (await (await person(server, 'ghosts', 'ghost', 'admin')).done('me')).person
  assert.equal(role, 'admin')
})

test('a bundle that changes a role, or brings a person who is disabled, ends what is open; the same again does not', async () => {
  await server.company('roles', LINES)
  const before = await person(server, 'roles', 'lead', 'admin')
  const same = await exported('roles')
  await server.load('roles', same)
  assert.equal((await before.done('person/list')).total, 1)
  await server.load('roles', [{ kind: 'person', user_id: 'lead', role: 'staff' }])
  await before.refused('crm/follow/list', {}, 40110)
  const invitation = await invited(server, 'roles', 'lead', 'staff')
  await server.load('roles', [{ kind: 'person', user_id: 'lead', role: 'staff', disabled: true }])
  await server.load('roles', [{ kind: 'person', user_id: 'lead', role: 'staff' }])
  const { url } = server
  assertRefused(await signIn(url, 'roles', 'lead', 'wrong password'), 40120)
  // Who was disabled needs an invitation, by whichever way it was.
  assertRefused(await signIn(url, 'roles', 'lead'), 40120)
  const accept = await postAsPage(url, '/invitation/password', { invitation, password: PASSWORD })
  assertRefused(accept, 40120)
})
