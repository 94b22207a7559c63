import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { addCorp, type BadLine, importBundle, openCore, readConfig, requireCorp } from 'genjin-server'
import { exportText } from './support/cli.ts'
import { KEY, tempDatabase } from './support/database.ts'
import { follow } from './support/server.ts'

/** On one core no thread reads ahead. */
const WITH_THREAD = { skip: availableParallelism() < 2 }

/** Lines of a bundle from which on a thread reads ahead, and of the whole. */
const [THREAD_FROM, LINES] = [8_000, 14_000]

/** As many lines as are certainly read without the thread. */
const PIECE = 7_000

type Options = Parameters<typeof importBundle>[3]

/** A company in a database of its own. */
async function tempCorp() {
  await using stack = new AsyncDisposableStack()
  const temp = stack.use(await tempDatabase())
  const config = readConfig({ database: temp.database, key: KEY })
  const core = stack.use(
    await openCore(config, { now: Date.now, random: randomBytes }, { inBulk: true, create: true }),
  )
  await addCorp(core.context, { id: 'acme', name: 'acme', timeZone: 'Asia/Shanghai' })
  const corp = await requireCorp(core.context, 'acme')
  const kept = stack.move()
  let transactions = 0
  return {
    transactions: () => transactions,
    async import(chunks: AsyncIterable<Buffer>, options?: Options) {
      const bad: BadLine[] = []
      const { store, now } = core.context
      const context = {
        store: {
          transact: ((key, fn) => {
            transactions++
            return store.transact(key, fn)
          }) as typeof store.transact,
          othersWrote: () => store.othersWrote(),
        },
        now,
      }
      const report = await importBundle(context, corp.key, chunks, {
        ...options,
        onBadLine: (line) => bad.push(line),
      })
      return { ...report, badLines: bad }
    },
    export: () => exportText(temp.database, 'acme'),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** Lines of all kinds; every hundredth is bad in its own way. */
function lineOf(number: number): string {
  const id = `9007199254${String(number).padStart(6, '0')}`
  if (number % 100 === 0) return `{"kind":"target","type":2,"id":"${number}"${number % 200 === 0 ? '' : '}'}`
  if (number % 3 === 0)
    return `{"kind":"staff","user_id":"s${number}","name":"员工","department_ids":[${number % 40}]}`
  if (number < 200) return `{"kind":"department","id":${number},"name":"部门","parent_id":${number - 1}}`
  if (number % 3 === 1) return `{"kind":"target","type":3,"id":${id},"name":"客户 ${number}"}`
  const text = JSON.stringify(
    follow({
      id: '@',
      business_id: `c${number % 50}`,
      follow_type: 50 + (number % 7),
      follow_type_desc: `方式${number % 7}`,
    }),
  )
  return text.replace('"@"', id).replace(/\}$/, `,"field_map":{"amount":${number}.10}}`)
}

const ALL = Array.from({ length: LINES }, (_, at) => lineOf(at + 1))

function textOf(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\n')}\n`)
}

/** The lines, those after THREAD_FROM once a thread is ready to read them. */
async function* untilReady(lines: readonly string[], use: (thread: Worker) => void = () => {}) {
  const started = once(process, 'worker') as Promise<[Worker]>
  yield textOf(lines.slice(0, THREAD_FROM))
  const [thread] = await started
  await once(thread, 'message')
  use(thread)
  const rest = textOf(lines.slice(THREAD_FROM))
  for (let at = 0; at < rest.length; at += 65_536) yield rest.subarray(at, at + 65_536)
}

async function* oneChunk(lines: readonly string[]) {
  yield textOf(lines)
}

test(
  'a long import, which a thread reads, makes the same company as short ones of the same lines',
  WITH_THREAD,
  async () => {
    await using long = await tempCorp()
    await using short = await tempCorp()
    let answers = 0
    const report = await long.import(
      untilReady(ALL, (thread) => {
        thread.on('message', () => answers++)
      }),
    )
    assert.ok(answers > 5, `${answers} answers`)
    const badLines: BadLine[] = []
    for (let from = 0; from < LINES; from += PIECE) {
      const { badLines: some } = await short.import(oneChunk(ALL.slice(from, from + PIECE)))
      badLines.push(...some.map((bad) => ({ ...bad, line: bad.line + from })))
    }
    assert.equal(badLines.length, LINES / 100)
    assert.deepEqual(report.badLines, badLines)
    assert.equal(report.complete, true)
    const made = await long.export()
    assert.equal(made, await short.export())

    await long.import(untilReady(ALL))
    assert.equal(await long.export(), made, 'running it again changes nothing')
  },
)

test(
  'with strict, a long import stops at its first bad line and keeps the lines before it',
  WITH_THREAD,
  async () => {
    await using company = await tempCorp()
    await using before = await tempCorp()
    const good = ALL.filter((_, at) => (at + 1) % 100 !== 0)
    const stop = THREAD_FROM + 3_000
    const lines = [...good.slice(0, stop), '{"kind":"staff"}', 'nonsense', ...good.slice(stop)]
    const report = await company.import(untilReady(lines), { strict: true })
    assert.deepEqual(report.badLines, [
      { line: stop + 1, field: 'user_id', reason: '缺少必填参数 user_id（员工ID）' },
    ])
    assert.equal(report.complete, false)
    await before.import(oneChunk(good.slice(0, stop)))
    assert.equal(await company.export(), await before.export())
  },
)

test('a whole import is one transaction, however long it is', WITH_THREAD, async () => {
  await using company = await tempCorp()
  await company.import(untilReady(ALL), { whole: true })
  assert.equal(company.transactions(), 1)
})
