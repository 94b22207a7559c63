import assert from 'node:assert/strict'
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openMirror } from 'genjin-sync'
import { feedLine } from '../support/mirror-feed.ts'
import { mirrorSuite, pageOf, plainRecord, type Seen, SOURCE, type Target } from '../support/mirror-suite.ts'
import { tempFolder } from '../support/temp-folder.ts'

async function make(): Promise<Target> {
  const folder = tempFolder()
  return {
    to: folder.path,
    look: async () => linesOf(folder.path),
    [Symbol.asyncDispose]: async () => folder[Symbol.dispose](),
  }
}

function linesOf(path: string): Map<string, Seen> {
  const seen = new Map<string, Seen>()
  for (const year of readdirSync(path).filter((name) => name !== '.genjin')) {
    for (const file of readdirSync(join(path, year))) {
      const lines = readFileSync(join(path, year, file), 'utf8').split('\n')
      for (const line of lines.slice(0, -1)) {
        seen.set(/^\{"id":(\d+),/.exec(line)?.[1] as string, { line })
      }
    }
  }
  return seen
}

mirrorSuite('a folder', make)

test('a folder: a file a day, in the order of ids, as the feed returns them; none for a day without follow-ups', async () => {
  using folder = tempFolder()
  await using mirror = await openMirror(folder.path, SOURCE)
  const field_map = { b: 1, a: JSON.parse('[1,{"x":null}]') }
  const [ten, nine] = [plainRecord('10', field_map), plainRecord('9')]
  await mirror.apply(pageOf([ten, nine]))
  await mirror.settle()
  const file = join(folder.path, '2025/2025-01-15.ndjson')
  assert.equal(readFileSync(file, 'utf8'), `${feedLine(nine)}\n${feedLine(ten)}\n`)
  const moved = { ...ten, follow_time: ten.follow_time + 12 * 3_600_000 }
  const deleted = { op: 'delete' as const, record: nine, seq: 9 }
  await mirror.apply({ records: [...pageOf([moved], 8).records, deleted], cursor: 'later' })
  assert.ok(existsSync(file))
  await mirror.settle()
  assert.deepEqual(readdirSync(join(folder.path, '2025')), ['2025-01-16.ndjson'])
})

test('a folder: files that somebody removed, changed or added are written again', async () => {
  using folder = tempFolder()
  const file = (day: number) => join(folder.path, `2025/2025-01-${day}.ndjson`)
  const recordOn = (day: number) => ({
    ...plainRecord(String(day)),
    follow_time: Date.UTC(2025, 0, day),
    content: '长'.repeat(200_000),
  })
  const days = [15, 16, 17, 18]
  await using mirror = await openMirror(folder.path, SOURCE)
  await mirror.apply(pageOf(days.map(recordOn)))
  await mirror.settle()
  assert.equal(await mirror.inspect(true), 0)
  const texts = () => days.map((day) => readFileSync(file(day), 'utf8'))
  const whole = texts()
  const damage = () => {
    rmSync(file(15))
    appendFileSync(file(16), '\n')
    writeFileSync(file(17), readFileSync(file(17), 'utf8').replace(/长"/, '短"'))
    writeFileSync(file(19), 'x')
  }
  damage()
  assert.equal(await mirror.inspect(false), 3)
  // What is to be written anyway is not found once more.
  assert.equal(await mirror.inspect(false), 0)
  await mirror.settle()
  assert.deepEqual([texts()[0], texts()[1], existsSync(file(19))], [whole[0], whole[1], false])
  assert.equal(await mirror.inspect(false), 0)
  assert.equal(await mirror.inspect(true), 1)
  await mirror.settle()
  assert.deepEqual(texts(), whole)
  damage()
  rmSync(join(folder.path, '2025'), { recursive: true })
  await using next = await openMirror(folder.path, SOURCE)
  assert.equal(await next.inspect(true), days.length)
  await next.settle()
  assert.deepEqual(texts(), whole)
})

test('a folder whose file sizes were not stored is written again', async () => {
  using folder = tempFolder()
  const file = join(folder.path, '2025/2025-01-15.ndjson')
  {
    await using mirror = await openMirror(folder.path, SOURCE)
    await mirror.apply(pageOf([plainRecord('1')]))
    await mirror.settle()
  }
  {
    using database = new DatabaseSync(join(folder.path, '.genjin/sync.db')) as DatabaseSync & Disposable
    database.exec('DROP TABLE day_file')
  }
  rmSync(file)
  await using mirror = await openMirror(folder.path, SOURCE)
  assert.equal(await mirror.inspect(true), 0)
  await mirror.settle()
  assert.ok(existsSync(file))
})

test('a folder that holds something else, and a file, are refused', async () => {
  using folder = tempFolder()
  const file = join(folder.path, 'x')
  writeFileSync(file, '')
  await assert.rejects(openMirror(folder.path, SOURCE), /别的内容/)
  await assert.rejects(openMirror(file, SOURCE), /sqlite:/)
})
