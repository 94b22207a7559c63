import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openCore, readConfig, reindex, verify } from 'genjin-server'
import { COMMANDS } from '../../packages/cli/src/commands.ts'
import { startAnswerProxy } from '../support/answer-proxy.ts'
import { addCompany, genjinDone, startGenjin } from '../support/cli.ts'
import { type TempDatabase, tempDatabase } from '../support/database.ts'
import { ENVIRONMENT, follow, startTestServer } from '../support/server.ts'
import { credentialsFile } from '../support/serving.ts'

/**
 * Ctrl-C: exit code 130, what is left, and whether running the command again continues. import, export, pull into a file, move and
 * diff are interrupted in the tests of their own.
 */

test('every command says what Ctrl-C has left, in Chinese and English', async () => {
  for (const [name, entry] of Object.entries(COMMANDS)) {
    const { interrupted } = await entry.load()
    assert.ok(interrupted, name)
  }
})

async function company(): Promise<TempDatabase> {
  const temp = await tempDatabase('sqlite')
  await addCompany(temp.database, 'acme')
  const lines = Array.from({ length: 3000 }, (_, index) => JSON.stringify(follow({ id: index + 1 })))
  await genjinDone(['import', '-', '--corp', 'acme', '--database', temp.database], {
    input: lines.join('\n'),
  })
  return temp
}

/** Interrupts a command once it waits for a database that another process holds, which then ends. */
async function interruptedWhileHeld(temp: TempDatabase, words: readonly string[]) {
  const release = await temp.hold()
  await using process = startGenjin([...words, '--database', temp.database])
  await new Promise((resolve) => setTimeout(resolve, 1500))
  process.kill('SIGINT')
  try {
    return await process.ended
  } finally {
    await release()
  }
}

test('reindex ends at once and changes nothing; run again it completes', async () => {
  await using temp = await company()
  const { code, stdout, stderr } = await interruptedWhileHeld(temp, ['reindex'])
  assert.deepEqual([code, stdout], [130, ''])
  assert.match(
    stderr,
    /^genjin: 已中断：已重建完的企业保留，其余企业没有改动；再运行一次即从头重建 \/ interrupted: .*run again it starts over\n$/,
  )
  await genjinDone(['verify', '--database', temp.database])
  await genjinDone(['reindex', '--database', temp.database])
  await genjinDone(['verify', '--database', temp.database])
})

test('verify and reindex notice Ctrl-C while they read: they pause after every page', async () => {
  await using temp = await company()
  await using core = await openCore(readConfig({ database: temp.database }), ENVIRONMENT)
  for (const work of [verify, reindex]) {
    let turns = 0
    let isDone = false
    const count = () => {
      turns++
      if (!isDone) setImmediate(count)
    }
    setImmediate(count)
    await work(core.context, 'acme')
    isDone = true
    // Of 3,000 follow-ups, 500 at a time.
    assert.ok(turns >= 6, `${turns}`)
  }
})

test('a command that waits for its turn says that nothing was changed, and nothing was', async () => {
  await using temp = await company()
  const { code, stdout, stderr } = await interruptedWhileHeld(temp, ['corp', 'add', 'other'])
  assert.deepEqual([code, stdout], [130, ''])
  assert.equal(stderr, 'genjin: 已中断：什么也没有改动 / interrupted: nothing was changed\n')
  assert.deepEqual(
    (await temp.query('SELECT id FROM corp')).map(({ id }) => id),
    ['acme'],
  )
})

test('sync and pull into a database keep what they have written; run again they continue', async () => {
  await using server = await startTestServer()
  const lines = Array.from({ length: 3000 }, (_, index) =>
    follow({ id: index + 1, follow_time: Date.UTC(2024, 0, 1) + index * 7_200_000 }),
  )
  const client = await server.company('acme', lines)
  await using temp = await tempDatabase('sqlite')
  const app = credentialsFile(temp.path, client.credentials)
  const sync = ['sync', '--to', `sqlite:${temp.path}/copy.db`]
  const pull = ['pull', '--corp', 'acme', '--database', temp.database]
  for (const [words, requests, table, message] of [
    [sync, 3, 'follow_up', /已中断：已写入的变更与进度都已保存；再运行一次即可继续 \/ interrupted: /],
    [pull, 12, 'follow', /已中断：已读取的部分保留；再运行一次即从中断处继续 \/ interrupted: /],
  ] as const) {
    let running: ReturnType<typeof startGenjin> | undefined
    await using way = await startAnswerProxy(server.url, (answer) => {
      if (way.seen.length >= requests) {
        running?.kill('SIGINT')
        running = undefined
      }
      return answer
    })
    const args = [...words, '--from', way.url, '--app', app]
    await using process = startGenjin(args)
    running = process
    const { code, stdout, stderr } = await process.ended
    assert.deepEqual([code, stdout], [130, ''], stderr)
    assert.match(stderr, message)
    await genjinDone(args)
    const file = table === 'follow_up' ? `${temp.path}/copy.db` : `${temp.path}/genjin.db`
    const { DatabaseSync } = await import('node:sqlite')
    using database = new DatabaseSync(file) as InstanceType<typeof DatabaseSync> & Disposable
    assert.equal(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n, 3000)
  }
})

test('an export to standard output that is interrupted says that it is incomplete, on standard error', async () => {
  await using temp = await company()
  const lines = Array.from({ length: 40_000 }, (_, index) => JSON.stringify(follow({ id: index + 5000 })))
  const of = ['--corp', 'acme', '--database', temp.database]
  await genjinDone(['import', '-', ...of], { input: lines.join('\n') })
  await using process = startGenjin(['export', ...of, '--json'])
  process.stdout.once('data', () => {
    process.kill('SIGINT')
    // As a reader that is slow: the export cannot end before the signal.
    process.stdout.pause()
    setTimeout(() => process.stdout.resume(), 500)
  })
  const { code, stdout, stderr } = await process.ended
  assert.equal(code, 130)
  assert.match(stderr, /已中断：输出不完整；再运行一次会从头导出 \/ interrupted: the output is incomplete/)
  assert.ok(
    stdout
      .split('\n')
      .slice(0, -1)
      .every((line) => line.startsWith('{"kind":')),
  )
})
