import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestClient } from './support/client.ts'
import { crowding } from './support/crowding.ts'
import { follow, sharedServer } from './support/server.ts'

const MOST_MS = 5000

const server = await sharedServer()

/** A directory of 5,000 departments and 50,000 staff, everybody and everything of it named by `prefix`. */
function largeDirectory(prefix: string, firstDepartment: number) {
  const id = (at: number) => firstDepartment + (at % 5000)
  return {
    departments: Array.from({ length: 5000 }, (_, at) => ({
      id: id(at),
      name: `${prefix}部门${at}`,
      ...(at > 0 && { parent_id: id(Math.floor((at - 1) / 10)) }),
    })),
    staff: Array.from({ length: 50_000 }, (_, at) => ({
      user_id: `${prefix}${at}`,
      name: `${prefix}员工${at}`,
      department_ids: [id(at)],
      main_department_id: id(at),
      mobile: '13800138000',
      email: `${prefix}${at}@example.com`,
    })),
  }
}

/**
 * Replaces the directory three times, so that each time nobody stays as they are; answers the longest time in ms, as it would
 * be on a machine that does nothing else.
 */
async function replaceThrice(client: TestClient, other: TestClient): Promise<number> {
  let longest = 0
  const replace = async (body: unknown) => {
    const text = JSON.stringify(body)
    let replaced = false
    let answered = 0
    const beside = (async () => {
      for (; !replaced; answered++) {
        assert.equal((await other.list()).total, 1)
        await sleep(50)
      }
    })()
    const start = performance.now()
    const data = await client.done('department/replace', text).finally(() => {
      replaced = true
    })
    longest = Math.max(longest, (performance.now() - start) / crowding())
    await beside
    assert.ok(answered > 3, `${answered} answers to others`)
    return data
  }
  const departments = { added: 5000, updated: 0, unchanged: 0 }
  assert.deepEqual(await replace(largeDirectory('a', 1)), {
    departments: { ...departments, removed: 0 },
    staff: { added: 50_000, updated: 0, unchanged: 0, left: 0 },
  })
  assert.deepEqual(await replace(largeDirectory('b', 100_001)), {
    departments: { ...departments, removed: 5000 },
    staff: { added: 50_000, updated: 0, unchanged: 0, left: 50_000 },
  })
  const renamed = largeDirectory('a', 1)
  for (const one of renamed.staff) one.name = `新${one.name}`
  assert.deepEqual(await replace(renamed), {
    departments: { ...departments, removed: 5000 },
    staff: { added: 0, updated: 50_000, unchanged: 0, left: 50_000 },
  })
  const { total, records } = (await client.get('department/user/list', { page_size: '1' })).envelope.data
  assert.equal(total, 100_000)
  assert.deepEqual([records[0].username, records[0].department_id, records[0].status], ['新a员工0', '1', '1'])
  return longest
}

test('D3 50,000 staff and 5,000 departments take less than 5 s, also when nobody stays, and others are answered meanwhile', async () => {
  const other = await server.company('replace-beside', [follow({ id: 1 })])
  // Each takes about 2 s, but a machine that is busy with other things may need another try.
  const times: number[] = []
  do {
    times.push(await replaceThrice(await server.company(`replace-large-${times.length}`), other))
  } while ((times.at(-1) as number) >= MOST_MS && times.length < 3)
  assert.ok(Math.min(...times) < MOST_MS, `${times.map(Math.round).join(', ')} ms`)
})
