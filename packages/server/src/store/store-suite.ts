import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import sql, { Sql } from 'sql-template-tag'
import { StoreError } from '../errors.ts'
import { type FollowFields, followRow, targetIdsOfHead } from '../service/follow/record.ts'
import { findApp, insertApp, issueToken, keepCallWindow, revokeApp, revokeTokens } from './app.ts'
import { type Corp, findCorp, insertCorp, insertCorpState, readState } from './corp.ts'
import { followTypePage, removeUnusedPreset, upsertFollowType, upsertTargets } from './dictionary.ts'
import {
  allDepartments,
  allStaff,
  removeDepartments,
  type Staff,
  saveDepartments,
  saveStaff,
  setStaffStatus,
  staffOfDepartments,
  staffPage,
} from './directory.ts'
import { rebuildCounters, wrongCounters } from './follow/counters.ts'
import type { FollowFilter } from './follow/filter.ts'
import { type List, openList } from './follow/query-plan.ts'
import { followPage, followsAfter, type PageTexts } from './follow/read.ts'
import type { FollowRow } from './follow/row.ts'
import {
  type Change,
  deleteFollow,
  type FollowVersion,
  findFollow,
  insertFollows,
  upsertFollows,
} from './follow/write.ts'
import { type Declaration, KEEPS_REVISION, type ReadTx, type Store, type WriteTx } from './port.ts'
import { keepWriteKeys } from './write-key.ts'

/** An open store with nothing in it. */
export interface OpenedStore extends AsyncDisposable {
  readonly store: Store
}

const CHANGE: Change = { at: 0, app: null, user: null, reason: null }

function insertFollow(tx: WriteTx, follow: FollowRow): Promise<void> {
  return insertFollows(tx, [follow], () => CHANGE)
}

/** What every engine must do alike. Called by a short file for each engine. */
export function storeSuite(engine: string, open: () => Promise<OpenedStore>): void {
  describe(`store on ${engine}`, () => {
    let opened: OpenedStore
    let store: Store
    /** The key of a company. */
    let corp: number

    beforeEach(async () => {
      opened = await open()
      store = opened.store
      corp = (await addCompany(store, 'one')).key
    })

    afterEach(() => opened[Symbol.asyncDispose]())

    test('what a transaction wrote is there after it, and nothing of it when it throws', async () => {
      await store.transact(corp, (tx) => insertFollow(tx, row({ id: 1n })))
      await assert.rejects(
        store.transact(corp, async (tx) => {
          await insertFollow(tx, row({ id: 2n }))
          throw new Error('stop')
        }),
        /stop/,
      )
      assert.deepEqual(await ids(store, corp, {}), ['1'])
      assert.deepEqual(await ids(store, corp, { targetIds: ['b'] }), ['1'])
    })

    test('a transaction used after its end throws', async () => {
      const leakedRead = await store.read(corp, async (tx) => tx)
      const leakedWrite = await store.transact(corp, async (tx) => tx)
      await assert.rejects(async () => leakedRead.get(sql`SELECT 1`), /has ended/)
      await assert.rejects(async () => insertFollow(leakedWrite, row({ id: 1n })), /has ended/)
    })

    test('a read is of one instant, whatever is written meanwhile', async () => {
      await store.transact(corp, (tx) => insertFollow(tx, row({ id: 1n })))
      await store.read(corp, async (tx) => {
        assert.equal(await totalOf(tx), 1)
        await store.transact(corp, (other) => insertFollow(other, row({ id: 2n })))
        assert.equal(await totalOf(tx), 1)
        assert.equal((await pageOf(tx, await listOf(tx), 10)).length, 1)
      })
      assert.equal(await store.read(corp, totalOf), 2)
    })

    test('what is read aside is of one instant too, ends, and goes on after an error', async () => {
      const count = (tx: ReadTx) => totalOf(tx)
      await store.transact(corp, (tx) => insertFollow(tx, row({ id: 1n })))
      let leaked: ReadTx | undefined
      const seen = await store.readExpensive(corp, async (tx) => {
        leaked = tx
        const before = await count(tx)
        await store.transact(corp, (other) => insertFollow(other, row({ id: 2n })))
        return [before, await count(tx)]
      })
      assert.deepEqual(seen, [1, 1])
      await assert.rejects(async () => count(leaked as ReadTx), /has ended/)
      await assert.rejects(
        store.readExpensive(corp, (tx) => tx.get(sql`SELECT nothing FROM follow WHERE corp = ${tx.corp}`)),
      )
      const both = await Promise.all([store.readExpensive(corp, count), store.readExpensive(corp, count)])
      assert.deepEqual(both, [2, 2])
    })

    test('writers that overlap lose nothing', async () => {
      await store.transact(corp, (tx) =>
        insertApp(tx, { appid: 'app', label: '', isReadOnly: false, secretHash: 'hash', createdAt: 1 }),
      )
      const issues = await Promise.all(
        Array.from({ length: 40 }, () => store.transact(corp, (tx) => issueToken(tx, 'app', 1))),
      )
      assert.deepEqual(
        issues.sort((a, b) => a - b),
        Array.from({ length: 40 }, (_, index) => index + 1),
      )
    })

    test('a key that is taken is told as such', async () => {
      const insert = () => store.transact(corp, (tx) => insertFollow(tx, row({ id: 7n })))
      await insert()
      await assert.rejects(
        insert(),
        (error: StoreError) => error instanceof StoreError && error.kind === 'unique',
      )
      await assert.rejects(
        store.transactShared((tx) => insertCorp(tx, { id: 'one', name: '', timeZone: 'UTC' }, 1)),
        (error: StoreError) => error.kind === 'unique',
      )
    })

    test('int64 is exact, to the last one', async () => {
      const last = 9223372036854775807n
      const close = 9007199254740993n
      await store.transact(corp, async (tx) => {
        await upsertFollowType(tx, { id: last, name: 'm', builtin: false, enabled: true }, false)
        await insertFollow(tx, row({ id: last, follow_type: last }))
        await insertFollow(tx, row({ id: close }))
        await insertFollow(tx, row({ id: close - 1n }))
      })
      assert.deepEqual(await ids(store, corp, { ids: [last] }), [String(last)])
      assert.deepEqual(await ids(store, corp, { ids: [close] }), [String(close)])
      assert.deepEqual(await ids(store, corp, { ids: [close - 1n, last] }), [
        String(last),
        String(close - 1n),
      ])
      assert.deepEqual(await ids(store, corp, { followTypeIds: [last] }), [String(last)])
      const [type] = await store.read(corp, (tx) => followTypePage(tx, 1, 0))
      assert.equal(type?.id, last)
      const after = await store.read(corp, (tx) => followsAfter(tx, close - 1n, 10))
      assert.deepEqual(
        after.map(({ id }) => id),
        [String(close), String(last)],
      )
    })

    test('text is stored byte for byte and ordered by its bytes', async () => {
      const names = ['Zhang', '_', 'a', 'ab', 'zhang', 'é', '李', '🙂'].map((name) => `${name} "\\\n\t'%`)
      const departmentIds = [3n, 1n, 2n]
      const given = names.toReversed().map((userId) => member({ userId, departmentIds, alias: '' }))
      await store.transact(corp, (tx) => saveStaff(tx, given))
      const staff = await store.read(corp, (tx) => staffPage(tx, 100, 0))
      assert.deepEqual(
        staff.map(({ userId }) => userId),
        names,
      )
      assert.deepEqual(staff[0]?.departmentIds, departmentIds)
      assert.equal(staff[0]?.alias, '')
    })

    test('a directory of several chunks is written, replaced and read as it was given, int64 exact', async () => {
      const [low, high] = [-9223372036854775808n, 9223372036854775807n]
      const departments = (name: string) =>
        Array.from({ length: 4001 }, (_, at) => {
          const id = BigInt(at) + 2n ** 53n
          return { id, name: `${name}${at}`, parentId: at % 2 ? low : null, order: at % 3 ? null : high }
        })
      const staff = (name: string) =>
        Array.from({ length: 4001 }, (_, at) =>
          member({
            userId: String(at).padStart(5, '0'),
            name: `${name}${at}`,
            departmentIds: at % 3 ? [high, low, BigInt(at)] : [],
            mainDepartmentId: at % 2 ? high : null,
            alias: at % 2 ? '"\\\n🙂' : null,
            mobile: '',
          }),
        )
      for (const name of ['一', '二']) {
        await store.transact(corp, async (tx) => {
          await saveDepartments(tx, departments(name))
          await saveStaff(tx, staff(name))
        })
        assert.deepEqual(await store.read(corp, allDepartments), departments(name))
        assert.deepEqual(await store.read(corp, allStaff), staff(name))
      }
      const userIds = staff('').map(({ userId }) => userId)
      const departmentIds = departments('').map(({ id }) => id)
      await store.transact(corp, async (tx) => {
        await setStaffStatus(tx, userIds, 5)
        await removeDepartments(tx, departmentIds)
      })
      assert.deepEqual(await store.read(corp, allDepartments), [])
      const left = staff('二').map((one) => ({ ...one, status: 5 }))
      assert.deepEqual(await store.read(corp, allStaff), left)
    })

    test('companies see nothing of each other', async () => {
      const other = await addCompany(store, 'two')
      await store.transact(corp, async (tx) => {
        await insertApp(tx, { appid: 'app', label: '', isReadOnly: false, secretHash: 'hash', createdAt: 1 })
        await insertFollow(tx, row({ id: 1n }))
      })
      assert.deepEqual(await ids(store, other.key, {}), [])
      assert.equal(await store.read(other.key, (tx) => findApp(tx, 'app')), undefined)
      await store.transact(other.key, (tx) => insertFollow(tx, row({ id: 1n })))
      assert.deepEqual(await ids(store, other.key, {}), ['1'])
      assert.equal((await store.readShared((tx) => findCorp(tx, 'two')))?.key, other.key)
      assert.equal(await store.readShared((tx) => findCorp(tx, 'TWO')), undefined)
    })

    test('a statement that is not bound to the company of its transaction is refused', async () => {
      const refusal = /tenant guard refuses/
      await assert.rejects(
        store.transact(corp, async (tx) => tx.run(sql`DELETE FROM staff`)),
        refusal,
      )
      await assert.rejects(
        store.readRow(corp, () => sql`SELECT 1 FROM staff WHERE corp = ${corp + 1}`),
        refusal,
      )
      await assert.rejects(
        store.readShared(async (tx) => tx.shared.all(sql`SELECT 1 FROM staff WHERE corp = ${corp}`)),
        refusal,
      )
    })

    test('statements of the store are refused when their company is left out, another, or beside OR, a subselect or a CTE', async () => {
      const sent = new Map<string, Sql>()
      await store.transact(corp, async (tx) => {
        const send =
          <R>(to: (statement: Sql, declared?: Declaration) => Promise<R>) =>
          (statement: Sql, declared?: Declaration) => {
            sent.set(statement.sql, statement)
            return to(statement, declared)
          }
        const noting: WriteTx = {
          ...{ corp, dialect: tx.dialect, insert: tx.insert },
          ...{ all: send(tx.all), get: send(tx.get), run: send(tx.run) },
        }
        await insertApp(noting, {
          appid: 'app',
          label: '',
          isReadOnly: false,
          secretHash: 'hash',
          createdAt: 1,
        })
        await findApp(noting, 'app')
        await issueToken(noting, 'app', 1)
        await upsertFollowType(noting, { id: 1n, name: 'm', builtin: false, enabled: true }, false)
        await followTypePage(noting, 1, 0)
        await staffOfDepartments(noting, [1n], true)
        await staffPage(noting, 1, 0)
        await insertFollow(noting, row({ id: 1n }))
        await upsertFollows(noting, [row({ id: 1n, content: 'new' })], CHANGE, targetIdsOfHead)
        await rebuildCounters(noting)
        await wrongCounters(noting, 1)
        for (const filter of [{}, { targetIds: ['b'] }, { targetIds: ['b', 'c'] }, { userIds: ['a', 'b'] }]) {
          const list = await listOf(noting, filter)
          await followPage(noting, { ...list, ids: undefined, total: 1e6 }, { limit: 1, offset: 300 })
        }
      })
      assert.ok(sent.size > 30, `${sent.size} statements`)
      let mutations = 0
      for (const statement of sent.values()) {
        for (const [how, mutated] of mutationsOf(statement, corp)) {
          mutations++
          const what = `${how}: ${mutated.sql}`
          await assert.rejects(
            store.transact(corp, async (tx) => tx.all(mutated)),
            /tenant guard refuses/,
            what,
          )
        }
      }
      assert.ok(mutations > 150, `${mutations} mutations`)
    })

    test('every write raises the revision, whatever its form, unless it is declared not to', async () => {
      const revision = async () => (await store.read(corp, readState)).revision
      const write = (tx: WriteTx) => ({
        ...{ insert: sql`INSERT INTO staff (corp, user_id, name, status) VALUES (${corp}, 'a', 'a', 1)` },
        update: sql`UPDATE staff SET name = 'b' WHERE corp = ${corp}`,
        returning: sql`UPDATE staff SET name = 'c' WHERE corp = ${corp} RETURNING name`,
        with: sql`WITH n AS (SELECT 'd' AS name) UPDATE staff SET name = (SELECT name FROM n) WHERE corp = ${corp}`,
        upsert: sql`INSERT INTO staff (corp, user_id, name, status) VALUES (${corp}, 'a', 'a', 1)
          ON CONFLICT (corp, user_id) DO UPDATE SET name = excluded.name`,
        comment: sql`-- a line before it
          UPDATE staff SET name = 'e' WHERE corp = ${corp}`,
        ...(tx.dialect.name === 'sqlite'
          ? {
              replace: sql`REPLACE INTO staff (corp, user_id, name, status) VALUES (${corp}, 'a', 'a', 1)`,
              insertOr: sql`INSERT OR REPLACE INTO staff (corp, user_id, name, status) VALUES (${corp}, 'a', 'a', 1)`,
              updateOr: sql`UPDATE OR IGNORE staff SET name = 'f' WHERE corp = ${corp}`,
            }
          : {}),
        delete: sql`DELETE FROM staff WHERE corp = ${corp}`,
      })
      for (const method of ['run', 'get', 'all'] as const) {
        const forms = await store.transact(corp, async (tx) => write(tx))
        for (const [form, statement] of Object.entries(forms)) {
          const before = await revision()
          await store.transact(corp, async (tx) => void (await tx[method](statement)))
          const raised = await revision()
          assert.notEqual(raised, before, `${method} ${form}`)
          await store.transact(corp, async (tx) => {
            await tx[method](sql`UPDATE staff SET name = 'g' WHERE corp = ${corp}`, KEEPS_REVISION)
            await tx[method](sql`SELECT name FROM staff WHERE corp = ${corp}`)
          })
          assert.equal(await revision(), raised, `${method} ${form}, declared`)
        }
      }
      const before = await revision()
      await store.transact(corp, (tx) => upsertTargets(tx, []))
      assert.equal(await revision(), before, 'insert of nothing')
      await store.transact(corp, (tx) =>
        upsertTargets(tx, [{ type: 1, id: 'c1', name: 'c', ownerUserId: null }]),
      )
      assert.notEqual(await revision(), before, 'insert')
    })

    test('follow-ups, keys and counted calls leave the revision as it is', async () => {
      await store.transact(corp, (tx) =>
        insertApp(tx, { appid: 'app', label: '', isReadOnly: false, secretHash: 'hash', createdAt: 1 }),
      )
      const before = await store.read(corp, readState)
      await store.transact(corp, async (tx) => {
        await insertFollow(tx, row({ id: 1n }))
        await upsertFollows(tx, [row({ id: 1n, content: 'new' })], CHANGE, targetIdsOfHead)
        const stored = (await findFollow(tx, 1n)) as FollowVersion
        await deleteFollow(tx, stored, ['b'], CHANGE)
        await keepWriteKeys(tx, [{ caller: 'app', key: 'k', requestHash: 'h', answer: 'a' }], 1)
        await keepCallWindow(tx, 'app', { startedAt: 1, calls: 1 })
      })
      const after = await store.read(corp, readState)
      assert.equal(after.revision, before.revision)
      assert.notEqual(after.state, before.state)
    })

    test('replacing a record replaces all that was derived from it', async () => {
      const put = (fields: Partial<FollowFields>) =>
        store.transact(corp, (tx) => upsertFollows(tx, [row({ id: 1n, ...fields })], CHANGE, targetIdsOfHead))
      await put({ business_id: 'old', target: { chat_id: 'chat' }, follow_time: 1000 })
      await put({
        business_id: 'new',
        target: { chat_id: 'chat' },
        follow_time: 2000,
        follow_user_id: 'li',
        title: 't',
      })
      assert.deepEqual(await ids(store, corp, { targetIds: ['old'] }), [])
      for (const filter of [
        { targetIds: ['new'] },
        { targetIds: ['chat'] },
        { targetIds: ['chat', 'new', 'old'] },
        { userIds: ['li'] },
        { title: 't' },
        { followTime: { from: 2000, before: 2001 } },
        { targetIds: ['chat'], followTime: { from: 2000 } },
      ]) {
        assert.deepEqual(await ids(store, corp, filter), ['1'], JSON.stringify(filter))
      }
      for (const filter of [{ userIds: ['zhang'] }, { followTime: { before: 2000 } }]) {
        assert.deepEqual(await ids(store, corp, filter), [], JSON.stringify(filter))
      }
      await put({ system: true })
      assert.deepEqual(await ids(store, corp, {}), [])
      assert.deepEqual(await ids(store, corp, { system: true, targetIds: ['b'] }), ['1'])
    })

    test('tokens count up, are revoked, and an app is disabled for good', async () => {
      const app = () => store.read(corp, (tx) => findApp(tx, 'app'))
      await store.transact(corp, (tx) =>
        insertApp(tx, { appid: 'app', label: '', isReadOnly: false, secretHash: 'hash', createdAt: 5 }),
      )
      assert.equal(await store.transact(corp, (tx) => revokeTokens(tx, 'none')), false)
      await store.transact(corp, (tx) => issueToken(tx, 'app', 77_000))
      await store.transact(corp, (tx) => revokeTokens(tx, 'app'))
      const revoked = await app()
      assert.equal(revoked?.tokenIssue, 1)
      assert.equal(revoked?.tokenRevokedThrough, 1)
      assert.equal(revoked?.tokenIssuedAt, 77_000)
      assert.equal(revoked?.revokedAt, null)
      await store.transact(corp, (tx) => revokeApp(tx, 'app', 9))
      await store.transact(corp, (tx) => revokeApp(tx, 'app', 10))
      assert.equal((await app())?.revokedAt, 9)
    })

    test('a department tree: below, above, and no loop even when the data has one', async () => {
      const department = (id: bigint, parentId: bigint | null) => ({ id, name: 'd', parentId, order: null })
      const inOne = (userId: string, id: bigint) =>
        member({ userId, departmentIds: [id, id], mainDepartmentId: id })
      await store.transact(corp, async (tx) => {
        await saveDepartments(tx, [department(1n, null), department(2n, 1n), department(3n, 2n)])
        await saveDepartments(tx, [department(8n, 9n), department(9n, 8n)])
        await saveStaff(tx, [inOne('a', 3n), inOne('b', 1n), inOne('c', 8n)])
      })
      await store.read(corp, async (tx) => {
        assert.deepEqual((await staffOfDepartments(tx, [1n], true)).sort(), ['a', 'b'])
        assert.deepEqual(await staffOfDepartments(tx, [1n], false), ['b'])
        assert.deepEqual(await staffOfDepartments(tx, [9n], true), ['c'])
      })
    })

    test('a preset follow type makes way only when no follow-up, and no earlier version of one, uses it', async () => {
      const preset = (id: bigint) => ({ id, name: '拜访', builtin: true, enabled: true })
      await store.transact(corp, async (tx) => {
        await upsertFollowType(tx, preset(1n), true)
        await insertFollow(tx, row({ id: 1n, follow_type: 1n }))
        assert.equal(await removeUnusedPreset(tx, '拜访', 2n), false)
        await upsertFollows(tx, [row({ id: 1n })], CHANGE, targetIdsOfHead)
        assert.equal(await removeUnusedPreset(tx, '拜访', 2n), false)
        await upsertFollowType(tx, { ...preset(3n), name: '来访' }, true)
        assert.equal(await removeUnusedPreset(tx, '来访', 3n), false)
        assert.equal(await removeUnusedPreset(tx, '来访', 2n), true)
        await upsertFollowType(tx, { ...preset(3n), name: '来访' }, false)
        assert.equal(await removeUnusedPreset(tx, '来访', 2n), false)
      })
    })

    test('the schema is brought up to date once, and one of a newer version is refused', async () => {
      assert.deepEqual((await store.migrate()).applied, [])
      const later = sql`INSERT INTO schema_migration (version, name, applied_at) VALUES (999, 'later', 1)`
      await store.transactShared((tx) => tx.shared.run(later))
      await assert.rejects(
        store.migrate(),
        (error: StoreError) => error.kind === 'newer' && /999/.test(error.message),
      )
    })
  })
}

function addCompany(store: Store, id: string): Promise<Corp> {
  return store.transactShared(async (tx) => {
    const corp = await insertCorp(tx, { id, name: '企业', timeZone: 'Asia/Shanghai' }, 1)
    await insertCorpState(await tx.corp(corp.key), 'feed')
    return corp
  })
}

function member(fields: Partial<Staff> & { userId: string }): Staff {
  const blank = { alias: null, mobile: null, position: null, email: null, avatar: null }
  return { name: fields.userId, departmentIds: [], mainDepartmentId: null, status: 1, ...blank, ...fields }
}

function row(fields: Partial<FollowFields> & { id: bigint }) {
  return followRow({
    follow_user_id: 'zhang',
    content: '内容',
    business_type: 1,
    business_id: 'b',
    follow_time: 1000,
    system: false,
    create_time: 1000,
    update_time: 1000,
    ...fields,
  })
}

/** A statement with its first company's condition weakened, or something that no company binds added to it. */
function* mutationsOf({ strings, values }: Sql, corp: number): Generator<[string, Sql]> {
  yield ['CTE', new Sql([`WITH leak AS (SELECT * FROM follow) ${strings[0]}`, ...strings.slice(1)], values)]
  const at = values.findIndex((value, index) => value === corp && /\bcorp = $/.test(strings[index] as string))
  if (at < 0) return
  const with_ = (next: string) => strings.toSpliced(at + 1, 1, `${next} ${strings[at + 1]}`)
  yield ['another', new Sql(strings, values.toSpliced(at, 1, corp + 1))]
  const joined = `${(strings[at] as string).replace(/(?:\w+\.)?corp = $/, '1 = 1')} ${strings[at + 1]}`
  yield ['left out', new Sql(strings.toSpliced(at, 2, joined), values.toSpliced(at, 1))]
  yield ['OR', new Sql(with_(' OR 1 = 1'), values)]
  const bracket = (strings[at] as string).replace(/((?:\w+\.)?corp = )$/, '($1')
  yield ['OR in brackets', new Sql(with_(' OR 1 = 1)').with(at, bracket), values)]
  yield ['subselect', new Sql(with_(' AND EXISTS (SELECT 1 FROM staff x WHERE x.status = 1)'), values)]
}

async function listOf(tx: ReadTx, filter: Partial<FollowFilter> = {}): Promise<List> {
  return (await openList(tx, { system: false, ...filter }, 'time')) as List
}

async function totalOf(tx: ReadTx): Promise<number> {
  return (await listOf(tx)).total
}

async function ids(store: Store, corp: number, filter: Partial<FollowFilter>): Promise<string[]> {
  return store.read(corp, async (tx) => {
    const list = await listOf(tx, filter)
    const records = await pageOf(tx, list, 100)
    assert.equal(records.length, list.total)
    // Found by the ids that were kept, or in the order of an index, the page is the same.
    assert.deepEqual(await pageOf(tx, { ...list, ids: undefined }, 100), records)
    return records.map(({ id }) => String(id))
  })
}

/** The records of the first page, numbers as they are written. */
async function pageOf(tx: ReadTx, list: List, limit: number): Promise<{ id: unknown }[]> {
  const texts = (await followPage(tx, list, { limit, offset: 0 })) as PageTexts
  const whole = texts.map((text, at) =>
    at % 3 === 1
      ? ',"follow_type_desc":null,'
      : `${at > 0 && at % 3 === 0 ? ',' : ''}${Buffer.from(text as string)}`,
  )
  return JSON.parse(`[${whole.join('').replaceAll(/"id":(\d+)/g, '"id":"$1"')}]`) as { id: string }[]
}
