import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parseExact } from 'genjin-client'
import { startAnswerProxy } from '../support/answer-proxy.ts'
import {
  addApp,
  addCompany,
  type CliProcess,
  type Ended,
  exportText,
  genjin,
  genjinDone,
  importLines,
  startGenjin,
} from '../support/cli.ts'
import { ENGINE, tempDatabase } from '../support/database.ts'
import { assertFails } from '../support/failures.ts'
import { doubleRecord, doubleSystemRecord, platformDouble } from '../support/platform-double.ts'
import { follow, startTestServer, type TestServer } from '../support/server.ts'
import { credentialsFile } from '../support/serving.ts'
import { tempFolder } from '../support/temp-folder.ts'

const DAY_MS = 86_400_000

/** What has no database in it is run once. */
const ONCE = { skip: ENGINE === 'postgres' }
const START = Date.UTC(2024, 2, 1)

let server: TestServer
let app: { appid: string; app_secret: string }

/** 3,600 follow-ups of staff in most of a year, one day of them crowded, and 200 of the system, some with more than a list returns. */
before(async () => {
  server = await startTestServer()
  const staff = Array.from({ length: 3600 }, (_, index) =>
    follow({
      id: index + 1,
      content: `第 ${index} 次`,
      follow_time: index < 2100 ? START + index : START + (index % 300) * DAY_MS + index,
      business_type: [1, 3, 4][index % 3],
      field_map: index % 10 === 0 ? { level: 'a', amount: index } : {},
      remind:
        index % 7 === 0
          ? { is_remind: 1, time: START, before: 60_000, user_ids: ['zhang'], content: '回访' }
          : null,
    }),
  )
  const system = Array.from({ length: 200 }, (_, index) =>
    follow({
      id: 100_000 + index,
      system: true,
      title: '客户入群',
      follow_type: null,
      follow_type_desc: null,
      follow_time: START + index * 3_600_000,
      create_time: START + index * 3_600_000 + 5,
      ...(index % 50 === 0 && { field_map: { hidden: 1 }, follow_type: 9, follow_type_desc: '自动' }),
    }),
  )
  const client = await server.company('source', [
    { kind: 'department', id: 1, name: '销售部' },
    { kind: 'department', id: 2, name: '华东', parent_id: 1 },
    { kind: 'staff', user_id: 'zhang', name: '张伟', department_ids: [1, 2], position: '销售' },
    {
      kind: 'custom_field',
      key: 'level',
      name: '等级',
      type: 'single',
      options: [{ id: 'a', name: '重点' }],
    },
    ...staff,
    ...system,
  ])
  app = client.credentials
})

after(() => server[Symbol.asyncDispose]())

/**
 * Runs a pull into a file, which gets a signal with its 60th request. Answers how it ended, the command line and the proxy
 * that the requests go through, so that it can be run again.
 */
async function signalled(signal: NodeJS.Signals, folder: string) {
  let running: CliProcess | undefined
  const way = await startAnswerProxy(server.url, (answer) => {
    if (way.seen.length >= 60) {
      running?.kill(signal)
      running = undefined
    }
    return answer
  })
  const out = join(folder, 'all.ndjson')
  const args = ['pull', '--from', way.url, '--app', credentialsFile(folder, app), '--out', out]
  await using process = startGenjin(args)
  running = process
  return { ...(await process.ended), args, out, way }
}

/** The lines of a company's follow-ups, sorted. */
function follows(bundle: string): string[] {
  return bundle
    .split('\n')
    .filter((line) => line.startsWith('{"kind":"follow",'))
    .sort()
}

test('pull into a database, killed again and again: finished by running it again, checksums equal', async () => {
  await using temp = await tempDatabase()
  const file = credentialsFile(temp.path, app)
  let running: CliProcess | undefined
  // Later each time, so that every part is interrupted once.
  let killAt = 3
  await using way = await startAnswerProxy(server.url, (answer) => {
    if (way.seen.length >= killAt) running?.kill('SIGKILL')
    return answer
  })
  const target = ['--corp', 'copy', '--database', temp.database]
  const args = ['pull', '--from', way.url, '--app', file, ...target, '--json']
  let kills = 0
  let end: Ended | undefined
  while (!end) {
    await using process = startGenjin(args)
    running = process
    const ended = await process.ended
    if (ended.signal === null) end = ended
    else {
      kills++
      killAt = way.seen.length + 15 + 100 * kills
    }
  }
  assert.equal(end.code, 0, end.stderr + end.stdout)
  assert.ok(kills >= 3, `${kills} kills`)
  const report = JSON.parse(end.stdout)
  assert.equal(report.equal, true)
  assert.equal(report.reconciled, true)
  assert.deepEqual([report.staff.count, report.system.count], [3600, 200])
  for (const kind of ['staff', 'system']) {
    const { checksum, source } = report[kind]
    assert.match(checksum, /^[0-9a-f]{32}$/)
    assert.equal(checksum, source.checksum)
  }
  // Record by record the same, and the company around them.
  const [own, theirs] = [
    await exportText(temp.database, 'copy'),
    await exportText(server.temp.database, 'source'),
  ]
  assert.deepEqual(follows(own).map(listed), follows(theirs).map(listed))
  for (const kind of ['department', 'staff', 'custom_field']) {
    const of = (text: string) => text.split('\n').filter((line) => line.startsWith(`{"kind":"${kind}"`))
    assert.deepEqual(of(own), of(theirs))
  }
  // A repeated pull finds nothing of the unfinished ones, and changes nothing.
  const before = await exportText(temp.database, 'copy')
  await genjinDone(args)
  assert.equal(await exportText(temp.database, 'copy'), before)
})

/** Without what no list returns: title and times of writing of staff follow-ups. */
function listed(line: string): unknown {
  const record = parseExact(line) as Record<string, unknown>
  const { title, create_time, update_time: _updated, stage_id: _stage, ...rest } = record
  return rest.system ? { ...rest, title, create_time } : rest
}

test('pull into a file, killed: it appears when it is complete, and can be imported', ONCE, async () => {
  using folder = tempFolder()
  const { signal, args, out, way } = await signalled('SIGKILL', folder.path)
  await using _ = way
  assert.equal(signal, 'SIGKILL')
  assert.ok(!existsSync(out))
  const asked = way.seen.length
  const { stdout, stderr } = await genjinDone(args)
  assert.match(stdout, /员工跟进 3600 条，系统跟进 200 条\n校验和 [0-9a-f]{32} [0-9a-f]{32}\n与来源一致/)
  assert.equal(stderr, '')
  assert.ok(way.seen.length - asked < 400)
  assert.deepEqual(readdirSync(folder.path).sort(), ['all.ndjson', 'app.json'])
  assert.equal(statSync(out).mode & 0o777, 0o600)
  await using temp = await tempDatabase()
  await addCompany(temp.database, 'copy')
  await genjinDone(['import', out, '--corp', 'copy', '--database', temp.database])
  assert.deepEqual(
    follows(await exportText(temp.database, 'copy')).map(listed),
    follows(await exportText(server.temp.database, 'source')).map(listed),
  )
})

test('Ctrl-C ends between two windows; --restart starts over; another source is refused', ONCE, async () => {
  using folder = tempFolder()
  const { code, stderr, args, way } = await signalled('SIGINT', folder.path)
  await using _ = way
  assert.equal(code, 130)
  assert.match(
    stderr,
    /已中断：已读取的部分保留；再运行一次即从中断处继续 \/ interrupted: what was read is kept/,
  )
  const stranger = await server.company('stranger', [follow({ id: 1 })])
  const other = args.with(2, server.url).with(4, credentialsFile(folder.path, stranger.credentials))
  const refused = await genjin(other)
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /--restart/)
  assert.ok(!refused.stderr.includes(stranger.credentials.app_secret))
  const { stdout } = await genjinDone([...other, '--restart'])
  assert.match(stdout, /员工跟进 1 条/)
})

test('an unfinished pull is continued by another app of the company, at another address', ONCE, async () => {
  using folder = tempFolder()
  const { args, way, out } = await signalled('SIGINT', folder.path)
  await using _ = way
  const read = readdirSync(`${out}.part`).filter((name) => name.startsWith('staff.'))
  assert.ok(read.length > 1)
  const app2 = credentialsFile(folder.path, await addApp(server.temp.database, 'source'))
  const address = server.url.replace('127.0.0.1', 'LOCALHOST')
  await using again = await startAnswerProxy(address, (answer) => answer)
  await genjinDone(args.with(2, again.url).with(4, app2))
  await using anew = await startAnswerProxy(server.url)
  const whole = join(folder.path, 'anew.ndjson')
  await genjinDone(args.with(2, anew.url).with(4, app2).with(-1, whole))
  // What was read is not read again.
  const pages = ({ seen }: typeof way) => seen.filter(({ path }) => path.includes('/follow/list')).length
  assert.ok(pages(again) < pages(anew) - 10, `${pages(again)} requests of ${pages(anew)}`)
  assert.equal(readFileSync(whole, 'utf8').length, readFileSync(out, 'utf8').length)
  assert.equal(follows(readFileSync(out, 'utf8')).length, 3800)
})

test('what changes while it is pulled is read again', ONCE, async () => {
  using folder = tempFolder()
  const lines = Array.from({ length: 2400 }, (_, index) =>
    follow({ id: index + 1, follow_time: START + index * 3_600_000 }),
  )
  const client = await server.company('busy', lines)
  const file = credentialsFile(folder.path, client.credentials)
  let written = 0
  await using way = await startAnswerProxy(server.url, (answer) => {
    if (way.seen.length >= 12 * (written + 1) && written < 2) {
      written++
      void server.load('busy', [
        follow({ id: written, content: `改过 ${written}`, follow_time: START }),
        follow({ id: 9000 + written, follow_time: START + written * 20 * DAY_MS }),
      ])
    }
    return answer
  })
  const out = join(folder.path, 'busy.ndjson')
  const { stdout } = await genjinDone(['pull', '--from', way.url, '--app', file, '--out', out, '--json'])
  const report = JSON.parse(stdout)
  assert.equal(report.equal, true)
  assert.equal(written, 2)
  assert.equal(report.staff.count, 2402)
  assert.equal(readFileSync(out, 'utf8').match(/改过/g)?.length, 2)
})

test('a target that holds more than the source is reported, and nothing is deleted', async () => {
  await using temp = await tempDatabase()
  const client = await server.company('few', [follow({ id: 1 }), follow({ id: 2 })])
  const file = credentialsFile(temp.path, client.credentials)
  const target = ['--corp', 'copy', '--database', temp.database]
  await addCompany(temp.database, 'copy')
  await importLines(temp.database, 'copy', [JSON.stringify(follow({ id: 3 }))])
  const args = ['pull', '--from', server.url, '--app', file, ...target]
  const { code, stderr } = await genjin(args)
  assert.equal(code, 1)
  assert.match(stderr, /与来源不一致（员工 3\/2，系统 0\/0）/)
  assert.equal(follows(await exportText(temp.database, 'copy')).length, 3)
})

test('pull from a server that has only the documented operations: windows, backing off, long ids', async () => {
  const records = [
    ...Array.from({ length: 5200 }, (_, index) =>
      doubleRecord(index, START + index * 1_800_000, [1, 3, 4, 9][index % 4]),
    ),
    ...Array.from({ length: 300 }, (_, index) => doubleSystemRecord(index, START + index * 5_000_000)),
  ]
  await using platform = await platformDouble(records, { troubleEvery: 47 })
  await using temp = await tempDatabase()
  const env = { GENJIN_APP_SECRET: platform.credentials.app_secret }
  const args = ['pull', '--from', platform.url, '--appid', platform.credentials.appid]
  const out = join(temp.path, 'platform.ndjson')
  const { stdout, stderr } = await genjinDone([...args, '--out', out], { env })
  assert.match(stdout, /员工跟进 5200 条，系统跟进 300 条\n与来源一致：条数（来源没有对账接口）/)
  assert.match(stderr, /来源没有这些列表，已略过：部门、跟进方式、自定义字段/)
  // At most 10 pages deep.
  assert.ok(platform.deepest <= 1000, `${platform.deepest}`)
  const lines = follows(readFileSync(out, 'utf8'))
  assert.equal(lines.length, 5500)
  for (const { text, system } of records) {
    if (!system) assert.ok(lines.includes(`{"kind":"follow",${text.slice(1)}`), text)
  }
  // Into a database, twice: what changed on the platform since comes over.
  const into = [...args, '--corp', 'copy', '--database', temp.database]
  await genjinDone(into, { env })
  platform.records[0] = doubleRecord(0, START + 999)
  platform.records.push(doubleRecord(9999, START + 400 * DAY_MS))
  const second = await genjinDone([...into, '--json'], { env })
  const report = JSON.parse(second.stdout)
  assert.deepEqual(
    [report.equal, report.reconciled, report.staff.count, report.refused],
    [true, false, 5201, 0],
  )
  const copy = follows(await exportText(temp.database, 'copy')).join('\n')
  assert.ok(copy.includes('"id":1538877699425540097,') && copy.includes('"no":12345678901234567890'))
  assert.ok(copy.includes(`"follow_time":${START + 999}`))
})

test('what a target does not accept is reported, the rest is written, and the exit code says so', async () => {
  const [good, bad] = [doubleRecord(1, START), doubleRecord(2, START + 1)]
  const text = bad.text.replace('"business_id":"b2"', '"business_id":null')
  await using platform = await platformDouble([good, { ...bad, text }])
  await using temp = await tempDatabase()
  const { code, stderr, stdout } = await genjin(
    ['pull', '--from', platform.url, '--appid', 'wxapp', '--corp', 'copy', '--database', temp.database],
    { env: { GENJIN_APP_SECRET: 'wxsecret' } },
  )
  assert.equal(code, 1, stdout)
  assert.match(stderr, /跳过一行，business_id：/)
  assert.equal(follows(await exportText(temp.database, 'copy')).length, 1)
})

test('wrong usage and wrong credentials are reported, without secrets', ONCE, async () => {
  using folder = tempFolder()
  const cwd = folder.path
  const wrong = [
    ['pull', '--out', 'x'],
    ['pull', '--from', server.url, '--out', 'x'],
    ['pull', '--from', server.url, '--app', 'none.json', '--out', 'x'],
    ['pull', '--from', 'nowhere', '--appid', 'a', '--out', 'x'],
    ['pull', '--from', server.url, '--appid', 'a', '--out', 'x', '--corp', 'y'],
    ['pull', '--from', server.url, '--appid', 'a'],
  ]
  const env = { GENJIN_APP_SECRET: 'hush' }
  for (const args of wrong) {
    const { code, stderr } = await genjin(args, { cwd, env })
    assert.ok(code === 2 || /none\.json/.test(stderr), `${args}: ${code} ${stderr}`)
    assert.ok(!stderr.includes('hush'))
  }
  const stranger = ['pull', '--from', server.url, '--appid', app.appid, '--out', 'x']
  await assertFails([[stranger, 1, /^(?![\s\S]*hush)[\s\S]*40100 .*appid 或 app_secret/]], { cwd, env })
  assert.ok(!existsSync(join(cwd, 'x')))
})

test('other files stay untouched; two at once and a damaged state are reported', ONCE, async () => {
  using folder = tempFolder()
  const file = credentialsFile(folder.path, app)
  const out = join(folder.path, 'all.ndjson')
  const args = ['pull', '--from', server.url, '--app', file, '--out', out]
  mkdirSync(`${out}.part`)
  writeFileSync(join(`${out}.part`, 'mine.txt'), 'precious')
  await assertFails([[args, 1, /mine\.txt/]])
  assert.deepEqual(readdirSync(`${out}.part`), ['mine.txt'])
  rmSync(`${out}.part`, { recursive: true })
  // What another process left in the folder, whatever has its process number now.
  mkdirSync(`${out}.part`)
  writeFileSync(join(`${out}.part`, 'lock'), '1')
  const [one, two] = await Promise.all([startGenjin(args).ended, startGenjin(args).ended])
  assert.deepEqual([one.code, two.code].sort(), [0, 1], one.stderr + two.stderr)
  assert.match(one.stderr + two.stderr, /另一个 genjin pull/)
  mkdirSync(`${out}.part`)
  writeFileSync(join(`${out}.part`, 'state.json'), '{"done":{}}')
  await assertFails([[args, 1, /--restart/]])
  assert.equal((await genjin([...args, '--restart'])).code, 0)
  assert.equal((await genjin([...args.slice(0, -1), folder.path])).code, 1)
})

test('wrong credentials leave neither a company nor a folder behind', async () => {
  await using temp = await tempDatabase()
  await addCompany(temp.database, 'other')
  const file = credentialsFile(temp.path, { appid: app.appid, app_secret: 'gjs_wrong' })
  const args = ['pull', '--from', server.url, '--app', file]
  assert.equal((await genjin([...args, '--out', join(temp.path, 'x.ndjson')])).code, 1)
  assert.ok(!existsSync(join(temp.path, 'x.ndjson.part')))
  assert.equal((await genjin([...args, '--corp', 'ghost', '--database', temp.database])).code, 1)
  await assertFails([[['export', '--corp', 'ghost', '--database', temp.database], 1, /ghost 不存在/]])
})

test('records years apart are compared without asking for every day between', ONCE, async () => {
  using folder = tempFolder()
  const client = await server.company('ages', [
    follow({ id: 1, follow_time: 94694400000 }),
    follow({ id: 2, follow_time: START }),
    follow({ id: 3, follow_time: 253402300799999 }),
  ])
  const file = credentialsFile(folder.path, client.credentials)
  await using way = await startAnswerProxy(server.url)
  await genjinDone(['pull', '--from', way.url, '--app', file, '--out', join(folder.path, 'x.ndjson')])
  assert.ok(way.seen.length < 40, `${way.seen.length}`)
})
