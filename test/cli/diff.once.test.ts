import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parseExact, toJson } from 'genjin-client'
import { type Answered, type SeenRequest, startAnswerProxy } from '../support/answer-proxy.ts'
import {
  addApp,
  addCompany,
  type Ended,
  genjin,
  importLines,
  type ServeProcess,
  startGenjin,
  startServe,
} from '../support/cli.ts'
import { tempDatabase } from '../support/database.ts'
import { assertFails, type Failure } from '../support/failures.ts'
import { doubleRecord, doubleSystemRecord, platformDouble } from '../support/platform-double.ts'
import { follow } from '../support/server.ts'
import { credentialsFile } from '../support/serving.ts'

/** The same company on either engine: that the two respond alike is one of the things tested here. */
const [sqlite, postgres] = [await tempDatabase('sqlite'), await tempDatabase('postgres')]
const KEY = Buffer.alloc(32, 'genjin diff').toString('base64')
const env = { GENJIN_KEY: KEY, GENJIN_LOG: 'error' }
const LONG = 1538877699425540000n

/** Texts that engines tend to order or compare differently. */
const ENDS = ['', 'a', 'A', '张', 'é', 'e\u0301', '😀', ' ', '_', '%', "'", '-1', '01']

let a: ServeProcess
let b: ServeProcess
/** What credentialsFile writes for each side. */
const [APP_A, APP_B] = [join(sqlite.path, 'app.json'), join(postgres.path, 'app.json')]
const secrets: string[] = []

before(async () => {
  const lines = [...corpLines()].map((line) => toJson(line))
  const started = await Promise.all(
    [sqlite, postgres].map(async ({ database, path }) => {
      await addCompany(database, 'acme', KEY)
      await importLines(database, 'acme', lines, KEY)
      const app = await addApp(database, 'acme', { env })
      secrets.push(app.app_secret)
      credentialsFile(path, app)
      return startServe(['--database', database], { env })
    }),
  )
  ;[a, b] = started as [ServeProcess, ServeProcess]
})

after(async () => {
  for (const one of [a, b, sqlite, postgres]) await one?.[Symbol.asyncDispose]()
})

function* corpLines(): Generator<object> {
  for (const id of [1, 2, 3])
    yield { kind: 'department', id, name: `部门${id}`, ...(id > 1 && { parent_id: 1 }) }
  for (let index = 0; index < 30; index++) {
    yield { kind: 'staff', user_id: staffId(index), name: `员工${index}`, department_ids: [1 + (index % 3)] }
  }
  for (let index = 0; index < 400; index++) {
    const type = [1, 1, 3, 4, 9, 10][index % 6] as number
    yield follow({
      // Of two ids one fits into a double.
      id: index % 2 === 0 ? LONG + BigInt(index) + 97n : 1000 + index,
      system: index % 4 === 0,
      follow_user_id: staffId(index % 30),
      content: `内容 ${index}`,
      business_type: type,
      business_id: `${100 + (index % 40)}${type === 3 ? '' : ENDS[index % ENDS.length]}`,
      follow_type: 1 + (index % 3),
      follow_type_desc: ['电话跟进', '上门', '会议'][index % 3],
      title: index % 4 === 0 ? `系统${ENDS[index % 5]}` : undefined,
      target: { contact_id: `k${ENDS[index % 7]}`, external_id: `e${index % 20}` },
      field_map: { n: index, long: LONG + BigInt(index) + 1n, '键 "\u0001': [1, null, { x: '😀' }] },
      attachment_list: index % 9 === 0 ? [{ name: `f${index}`, type: 'image' }] : [],
      location: index % 7 === 0 ? { location_lat: '39.90', location_lng: '116' } : undefined,
      remind: index % 8 === 0 ? { is_remind: 1, time: 94694400001, user_ids: ['u1', 'u2'] } : undefined,
      // Many at the same instant, and on both sides of the company's midnight.
      follow_time: Date.UTC(2025, 0, 1, 16) + Math.floor(index / 4) * 24 * 3_600_000 - (index % 2),
      create_time: Date.UTC(2025, 0, 1) + Math.floor(index / 3) * 7 * 3_600_000,
    })
  }
}

function staffId(index: number): string {
  return `u${index % 3}${ENDS[index % ENDS.length]}${index}`
}

function argsOf(urlB: string, ...options: string[]): string[] {
  return ['diff', '--a', a.url, '--b', urlB, '--app-a', APP_A, '--app-b', APP_B, ...options]
}

/** What `--json` says. */
interface Report {
  readonly seed: number
  readonly requests: number
  readonly different: number
  readonly operations: Record<
    string,
    { requests: number; records: number; refused: number; different: number }
  >
  readonly missing: { operation: string; side: string }[]
  readonly kinds: { operation: string; kind: string; path: string; requests: number }[]
  readonly differences: {
    number: number
    operation: string
    path: string
    params: object
    findings: { kind: string; path: string; a?: string; b?: string; more: number }[]
  }[]
}

/** Runs it against `b` behind a proxy. */
async function diffed(
  alter: Parameters<typeof startAnswerProxy>[1],
  ...options: string[]
): Promise<Ended & { report: Report; seen: readonly SeenRequest[] }> {
  await using proxy = await startAnswerProxy(b.url, alter)
  const end = await genjin(argsOf(proxy.url, '--json', ...options), { env })
  assertNoSecrets(end)
  return { ...end, report: JSON.parse(end.stdout), seen: [...proxy.seen] }
}

function assertNoSecrets({ stdout, stderr }: Ended): void {
  for (const secret of secrets) assert.ok(!stdout.includes(secret) && !stderr.includes(secret))
}

test('SQLite and PostgreSQL respond alike to hundreds of random requests: exit code 0', async () => {
  const { code, stdout, stderr } = await genjin(argsOf(b.url, '--requests', '300', '--seed', '42'), { env })
  assert.equal(code, 0, stdout)
  assert.equal(stderr, '', 'nothing in a pipe')
  assert.match(stdout, new RegExp(`^a ${a.url}\nb ${b.url}\nseed 42\n\n`))
  assert.match(stdout, /\n请求 \/ requests 311，不同 \/ different 0，seed 42\n/)
  assert.match(stdout, /\n没有不同 \/ no difference\n$/)
  for (const name of [
    'followList',
    'followListForSystem',
    'customerFollowList',
    'opportunityFollowList',
    'staffList',
  ]) {
    const [, records, refused] =
      new RegExp(`  ${name}：.* with records (\\d+)，.* refused by both (\\d+)）`).exec(stdout) ?? []
    assert.ok(
      Number(records) >= 10 && Number(refused) >= 2,
      `${name}: ${records} with records, ${refused} refused`,
    )
  }
})

const EMPTY = '{"code":0,"msg":"请求成功","data":{"total":0,"records":[]},"sub_code":"00000"}'
const REFUSED = '{"code":50001,"msg":"no","data":null,"sub_code":"B0001"}'

function replaced(pattern: RegExp, by: string | ((...groups: string[]) => string)) {
  return ({ status, text }: Answered): Answered => ({ status, text: text.replace(pattern, by as string) })
}

function onPage(change: (data: { total: number; records: unknown[] }) => void) {
  return ({ status, text }: Answered): Answered => {
    const envelope = parseExact(text) as { data: { total: number; records: unknown[] } | null }
    if (!envelope.data?.records) return { status, text }
    change(envelope.data)
    return { status, text: toJson(envelope) }
  }
}

type Alter = (answer: Answered) => Answered

/** Altered responses, and how they are reported. One run covers several lists. */
const alterations: readonly Readonly<
  Record<string, readonly [alter: Alter, operation: string, finding: string]>
>[] = [
  {
    // A missing key.
    '/follow/list': [replaced(/"business_id":"[^"]+",/, ''), 'followList', 'key records[].business_id'],
    // A number as text.
    '/follow/listForSystem': [
      replaced(/"business_type":(\d+)/, '"business_type":"$1"'),
      'followListForSystem',
      'type records[].business_type',
    ],
    // Another order.
    '/customer/list': [onPage(({ records }) => records.reverse()), 'customerFollowList', 'order records'],
    // A list that is not there.
    '/opportunity/list': [() => ({ status: 404, text: 'not found' }), 'opportunityFollowList', 'missing b'],
    // A total off by one.
    '/department/user/list': [onPage((page) => page.total++), 'staffList', 'total total'],
  },
  {
    // Ids that went through doubles.
    '/follow/list': [
      ({ status, text }) => ({ status, text: JSON.stringify(JSON.parse(text)) }),
      'followList',
      'number records[].id',
    ],
    // A refused request that is accepted.
    '/follow/listForSystem': [replaced(/^(?!.*"code":0).*$/, EMPTY), 'followListForSystem', 'refused '],
    // A page with a record less.
    '/customer/list': [onPage(({ records }) => records.pop()), 'customerFollowList', 'count records'],
    // A list that gives an error where it did not.
    '/opportunity/list': [replaced(/^.*"code":0.*$/, REFUSED), 'opportunityFollowList', 'refused '],
    // A token that is refused with another code.
    '/department/user/list': [replaced(/"code":10001/, '"code":40001'), 'staffList', 'token code'],
  },
]

test('every altered response is found and reported: exit code 4', async () => {
  for (const byPath of alterations) {
    const { code, stderr, report } = await diffed(
      (answer, { path }) => {
        const [, [alter] = []] = Object.entries(byPath).find(([end]) => path.endsWith(end)) ?? []
        return alter ? alter(answer) : answer
      },
      '--requests',
      '60',
      '--seed',
      '1',
    )
    assert.equal(code, 4)
    assert.equal(stderr, '')
    const kinds = report.kinds.map((row) => `${row.operation} ${row.kind} ${row.path}`)
    const reported = [...kinds, ...report.missing.map((row) => `${row.operation} missing ${row.side}`)]
    for (const [, operation, expected] of Object.values(byPath)) {
      assert.ok(reported.includes(`${operation} ${expected}`), `${operation} ${expected}: ${reported}`)
    }
    // A missing list is reported once and not asked again.
    if (report.missing.length > 0) assert.equal(report.operations.opportunityFollowList?.requests, 0)
    assert.ok(
      report.differences.every(({ findings, path }) => findings.length > 0 && path.startsWith('/openapi/')),
    )
    assert.equal(report.differences.length, Math.min(20, report.different))
  }
})

test('a difference is reported with the request to paste, the place and both values; --show limits that, not the count', async () => {
  await using proxy = await startAnswerProxy(
    b.url,
    replaced(/"content":"内容 (\d+)"/g, '"content":"Inhalt $1"'),
  )
  const options = ['--requests', '60', '--seed', '1', '--show', '2']
  const end = await genjin(argsOf(proxy.url, ...options), { env })
  assert.equal(end.code, 4)
  assertNoSecrets(end)
  const blocks = [
    ...end.stdout.matchAll(
      /^#\d+ POST \/openapi\/crm\/follow\/(?:list|listForSystem)\n {2}(\{.*\})\n {2}值不同 \/ value：records\[0\]\.content(（另有 \d+ 处 \/ \d+ more）)?\n {4}a "内容 (\d+)"\n {4}b "Inhalt \3"\n$/gm,
    ),
  ]
  assert.equal(blocks.length, 2, end.stdout)
  for (const [, body] of blocks) assert.equal(typeof JSON.parse(body as string), 'object')
  const [, count] = /^请求 \/ requests 71，不同 \/ different (\d+)，seed 1$/m.exec(end.stdout) ?? []
  assert.ok(Number(count) > 10, end.stdout)
  assert.match(
    end.stdout,
    /\n按种类（请求数）\/ by kind \(requests\)\n {2}\d+ × followList：值不同 \/ value：records\[\]\.content\n/,
  )
})

test('a difference that is gone when both are asked again does not count', async () => {
  const asked = new Set<string>()
  const off = onPage((page) => page.total++)
  const { code, report } = await diffed(
    (answer, request) => {
      const key = JSON.stringify(request)
      if (asked.has(key)) return answer
      asked.add(key)
      return off(answer)
    },
    '--requests',
    '60',
  )
  assert.deepEqual([code, report.different, report.differences], [0, 0, []])
  assert.ok(asked.size > 40)
})

test('--seed gives the same requests again; without it they are others, and the seed is reported', async () => {
  const [one, other] = await Promise.all([
    diffed(undefined, '--requests', '20'),
    diffed(undefined, '--requests', '20', '--seed', '4294967295'),
  ])
  const again = await diffed(undefined, '--requests', '20', '--seed', String(one.report.seed))
  const texts = ({ seen }: typeof one) => seen.map((request) => JSON.stringify(request)).sort()
  assert.deepEqual(texts(one), texts(again))
  assert.notDeepEqual(texts(one), texts(other))
  assert.deepEqual([other.report.seed, other.report.requests], [4294967295, 31])
})

test('a response that repeats the token is reported without it', async () => {
  let token = ''
  const { code, stdout } = await diffed(
    (answer, { path }, url) => {
      if (!path.endsWith('/department/user/list')) return answer
      token = new URL(url, b.url).searchParams.get('access_token') ?? token
      // The first response decides whether the list exists.
      return url.includes('page_size=') ? { status: 200, text: `<p>${url}</p>` } : answer
    },
    '--requests',
    '60',
    '--seed',
    '3',
  )
  assert.equal(code, 4)
  assert.match(stdout, /"kind":"answer"/)
  assert.match(stdout, /access_token=\*\*\*/)
  assert.ok(token.length > 10 && !stdout.includes(token))
})

test('429 and expired tokens are waited for and replaced', async () => {
  const records = Array.from({ length: 300 }, (_, index) => {
    const time = Date.UTC(2025, 0, 1) + index * 7_200_000
    return index % 3 === 0 ? doubleSystemRecord(index, time) : doubleRecord(index, time)
  })
  await using platform = await platformDouble(records, { troubleEvery: 23 })
  const app = join(sqlite.path, 'platform.json')
  writeFileSync(app, JSON.stringify(platform.credentials))
  const sides = ['--a', platform.url, '--b', platform.url, '--app-a', app, '--app-b', app]
  const { code, stdout } = await genjin(['diff', ...sides, '--requests', '40', '--json'], { env })
  assert.equal(code, 0, stdout)
  assert.ok(platform.tokens > 2, 'tokens expired')
})

test('Ctrl-C ends a run', async () => {
  await using process = startGenjin(argsOf(b.url, '--requests', '1000000', '--seed', '5'), { env })
  await process.printed('stdout', /seed 5\n\n/)
  await new Promise((resolve) => setTimeout(resolve, 300))
  process.kill('SIGINT')
  const end = await process.ended
  assert.equal(end.code, 130)
  assert.match(
    end.stderr,
    /^genjin: 已中断：比较没有完成；再运行一次会从头比较[^\n]* \/ interrupted: [^\n]*\n$/,
  )
})

test('what cannot be compared is refused with a message', async () => {
  const appid = ['--appid-b', 'nobody']
  const base = ['diff', '--a', a.url, '--app-a', APP_A, '--b', b.url]
  const cases: readonly Failure[] = [
    [['diff', '--b', b.url], 2, /missing option --a/],
    [['diff', '--a', a.url], 2, /missing option --b/],
    [base, 2, /--app-b FILE, or --appid-b and the environment variable GENJIN_APP_SECRET_B/],
    [argsOf(b.url, '--requests', '0'), 2, /--requests 须为 1 到/],
    [argsOf(b.url, '--seed', '4294967296'), 2, /--seed 须为 0 到/],
    [argsOf(b.url, '--show', '-1'), 2, /--show/],
    [argsOf('nowhere'), 2, /--b 须写作/],
    [argsOf(b.url, 'more'), 2, /usage: genjin diff/],
    [[...base, ...appid], 1, /--b http:\S+: accessToken: 40100(?![\s\S]*wrong-secret)/, /seed/],
    // Nobody listens on port 1.
    [argsOf('http://127.0.0.1:1'), 1, /--b http:\/\/127\.0\.0\.1:1: 无法.*这个端口保留给别的协议/, /seed/],
  ]
  const secret = { ...env, GENJIN_APP_SECRET_B: 'wrong-secret' }
  await assertFails(cases, (args) => ({ env: args.includes('nobody') ? secret : env }))
})
