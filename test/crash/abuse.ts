import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { blocksOf, otherShape } from '../../bench/data.ts'
import { proberArgs, probing } from '../../bench/probing.ts'
import {
  addApp,
  addCompany,
  importLines,
  residentPeakMb,
  type ServeProcess,
  startServe,
} from '../support/cli.ts'
import type { TempDatabase } from '../support/database.ts'

export interface AbuseOptions {
  readonly temp: Pick<TempDatabase, 'database' | 'query'>
  /** Follow-ups of the company that misbehaves. */
  readonly records: number
  /** How long each kind goes on. */
  readonly seconds: number
  readonly log: (text: string) => void
}

/** What others met while one company misbehaved. */
export interface Abused {
  readonly what: string
  readonly pages: number
  readonly refused: number
  readonly p99Ms: number
  /** Longest that any answer took. */
  readonly longestMs: number
  /** p99 of others' pages ÷ that on the idle server. */
  readonly ratio: number
  /** Peak of the server's memory; undefined where the system does not tell. */
  readonly peakMb: number | undefined
  readonly note?: string
}

const KEY = Buffer.alloc(32, 'genjin abuse').toString('base64')
const MIB = 1024 * 1024
const OTHER_RECORDS = 5_000
const LONG_RECORDS = 100

/**
 * One company does what hurts most, one kind after the other, beside another company's pages. Asserts that the server
 * answers afterwards, and nothing of how long that took: figures depend on the machine.
 */
export async function abuse(options: AbuseOptions): Promise<Abused[]> {
  const { temp, records } = options
  const { database } = temp
  for (const corp of ['worst', 'other']) await addCompany(database, corp, KEY)
  await importLines(database, 'worst', lines(otherShape(records, 20230102)), KEY)
  await importLines(database, 'worst', longLines(), KEY)
  await importLines(database, 'other', lines(otherShape(OTHER_RECORDS, 20230103)), KEY)
  const env = { GENJIN_KEY: KEY }
  const [worst, other] = [await addApp(database, 'worst', { env }), await addApp(database, 'other', { env })]
  await using server = await startServe(['--database', database], { env, deadlineMs: 3_600_000 })
  const caller = new AbusiveCaller(server.url, await tokenOf(server.url, worst))
  await caller.learn()
  const results = await measured(server, caller, await tokenOf(server.url, other), options)
  await server.stop()
  return results
}

/** Every kind of abuse beside a prober, which ends before the server does. */
async function measured(
  server: ServeProcess,
  caller: AbusiveCaller,
  token: string,
  { temp, seconds, log }: AbuseOptions,
): Promise<Abused[]> {
  await using prober = startProber(server.url, token)
  await sleep(2_000)
  await prober.take()
  const results: Abused[] = []
  let idleMs = 0
  for (const [what, attack] of Object.entries(ATTACKS)) {
    forgetPeak(server.pid)
    await prober.take()
    const deadline = performance.now() + seconds * 1000
    const note = await attack({ caller, temp, goesOn: () => performance.now() < deadline, server })
    const { pages, longestMs } = await prober.take()
    const { count, refused, p99Ms } = pages
    if (what === 'nothing') idleMs = p99Ms
    results.push({
      ...{ what, pages: count, refused, p99Ms, longestMs: Math.max(longestMs, pages.longestMs) },
      ratio: p99Ms / idleMs,
      peakMb: residentPeakMb(server.pid),
      ...(note && { note }),
    })
    log(JSON.stringify(results.at(-1)))
    await caller.settle()
  }
  return results
}

interface Attack {
  readonly caller: AbusiveCaller
  readonly temp: AbuseOptions['temp']
  readonly server: ServeProcess
  readonly goesOn: () => boolean
}

/** What is done, each until its time is up; what is worth telling is the answer. */
const ATTACKS: Readonly<Record<string, (attack: Attack) => Promise<string | undefined>>> = {
  nothing: async ({ goesOn }) => {
    while (goesOn()) await sleep(50)
    return undefined
  },
  'lists of targets, 30 at once': (attack) => atOnce(attack, 30, (caller) => caller.targetList()),
  'wide lists, 60 at once': (attack) => atOnce(attack, 60, (caller) => caller.wideList()),
  'deep pages of the other lists, 30 at once': (attack) => atOnce(attack, 30, (caller) => caller.otherList()),
  'lists with filters of 1 MiB, 8 at once': (attack) => atOnce(attack, 8, (caller) => caller.longFilter()),
  '40 connections of 250 pages that nobody reads': (attack) => unread(attack, 40, 250, { page_size: 100 }),
  '15 pages of 100 MiB that nobody reads': (attack) => unread(attack, 1, 15, { ...LONG, page_size: 100 }),
  'pages of 100 MiB, 8 at once': (attack) =>
    atOnce(attack, 8, (caller) => caller.ask('list', { ...LONG, page_size: 100 })),
  'customer pages of 100 MiB, 4 at once': (attack) =>
    atOnce(attack, 4, (caller) => caller.ask('customer/list', LONG_CUSTOMER)),
  '400 halves of bodies of 1 MiB': halves,
  'keys of the day before': expiredKeys,
  'a directory of nonsense': (attack) => atOnce(attack, 2, (caller) => caller.nonsense()),
  'batches of unknown follow types, 8 at once': (attack) =>
    atOnce(attack, 8, (caller) => caller.unknownTypes()),
  'an import of 10,000 departments below each other': chain,
  'reconciliations that nobody waits for': abandoned,
}

async function atOnce(
  { caller, goesOn }: Attack,
  count: number,
  ask: (caller: AbusiveCaller) => Promise<number>,
): Promise<string> {
  const codes = new Map<number, number>()
  await Promise.all(
    Array.from({ length: count }, async () => {
      while (goesOn()) {
        const code = await ask(caller)
        codes.set(code, (codes.get(code) ?? 0) + 1)
        if (code === 50300) await sleep(100)
      }
    }),
  )
  return [...codes].map(([code, times]) => `${code}: ${times}`).join(', ')
}

async function unread(
  { caller, goesOn }: Attack,
  connections: number,
  pages: number,
  body: object,
): Promise<undefined> {
  const request = caller.bytes('list', body)
  const sockets = await Promise.all(Array.from({ length: connections }, () => caller.open()))
  for (const socket of sockets) {
    socket.pause()
    socket.write(Buffer.concat(Array<Buffer>(pages).fill(request)))
  }
  while (goesOn()) await sleep(50)
  for (const socket of sockets) socket.destroy()
  return undefined
}

async function halves({ caller, goesOn }: Attack): Promise<undefined> {
  const body = Buffer.concat([caller.bytes('list', {}, MIB), Buffer.alloc(MIB / 2, ' ')])
  const sockets = await Promise.all(Array.from({ length: 400 }, () => caller.open()))
  for (const socket of sockets) socket.write(body)
  while (goesOn()) await sleep(50)
  for (const socket of sockets) socket.destroy()
  return undefined
}

const KEYS = 200_000

/** Keys of 2,000 writes a second that expired long ago, then one write with a key after the other. */
async function expiredKeys({ caller, temp, goesOn }: Attack): Promise<string> {
  const values = (at: number) => `(1, '${caller.appid}', 'old-${at}', 'h', '1', ${at >> 1})`
  for (let at = 0; at < KEYS; at += 1_000) {
    const rows = Array.from({ length: 1_000 }, (_, index) => values(at + index)).join()
    await temp.query(
      `INSERT INTO write_key (corp, caller, key, request_hash, answer, created_at) VALUES ${rows}`,
    )
  }
  let [longest, writes] = [0, 0]
  while (goesOn() || writes === 0) {
    const started = performance.now()
    await caller.create(`new-${writes++}`)
    longest = Math.max(longest, performance.now() - started)
  }
  return `${writes} writes, the longest ${Math.round(longest)} ms`
}

async function chain({ temp }: Attack): Promise<string> {
  const started = performance.now()
  await importLines(
    temp.database,
    'worst',
    Array.from({ length: 10_000 }, (_, at) => {
      return JSON.stringify({
        kind: 'department',
        id: 1_000_000 + at,
        name: 'd',
        parent_id: at === 0 ? null : 999_999 + at,
      })
    }),
    KEY,
  )
  return `${Math.round(performance.now() - started)} ms`
}

async function abandoned({ caller, goesOn }: Attack): Promise<string> {
  const request = caller.bytes('reconcile', {
    follow_time_start: '2023-01-01',
    follow_time_end: '2024-01-01',
  })
  let asked = 0
  while (goesOn()) {
    const socket = await caller.open()
    socket.write(request)
    await sleep(50)
    socket.destroy()
    asked++
  }
  const started = performance.now()
  await caller.ask('reconcile', { follow_time_start: '2023-01-01', follow_time_end: '2023-01-02' })
  return `${asked} given up; the next, of two days, was answered within ${Math.round(performance.now() - started)} ms`
}

/** The long records are about one customer, and were followed up in one minute. */
const LONG = { target_id_list: ['long'] }
const LONG_CUSTOMER = { start_time: 1_600_000_000, end_time: 1_600_000_100, page_size: 100 }

function* longLines(): Generator<string> {
  const note = '长'.repeat(340_000)
  for (let at = 0; at < LONG_RECORDS; at++) {
    yield JSON.stringify({
      ...{ kind: 'follow', id: 9_000_000_000 + at, follow_user_id: 'zhang', content: '内容' },
      ...{ business_type: 1, business_id: 'long', follow_time: 1_600_000_000_000 + at, field_map: { note } },
    })
  }
}

function* lines(shape: Parameters<typeof blocksOf>[0]): Generator<string> {
  for (const block of blocksOf(shape)) yield block.trimEnd()
}

class AbusiveCaller {
  readonly #url: string
  readonly #token: string
  #targets: string[] = []
  #users: string[] = []
  #departments: string[] = []
  #drawn = 1

  constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  get appid(): string {
    return this.#token.split('_')[1] as string
  }

  #draw(below: number): number {
    this.#drawn = (Math.imul(this.#drawn, 1_103_515_245) + 12_345) >>> 0
    return (this.#drawn >>> 8) % below
  }

  /** Reads who and what there is. */
  async learn(): Promise<void> {
    const records = []
    for (let page = 1; page <= 30; page++)
      records.push(...(await this.#data('list', { current_index: page * 7, page_size: 100 })).records)
    this.#targets = [...new Set(records.map(({ business_id }) => business_id as string))]
    this.#users = [...new Set(records.map(({ follow_user_id }) => follow_user_id as string))]
    const answer = await fetch(
      `${this.#url}/openapi/department/list?access_token=${this.#token}&page_size=100`,
    )
    this.#departments = ((await answer.json()) as { data: { records: { id: number }[] } }).data.records.map(
      ({ id }) => String(id),
    )
    assert.ok(this.#targets.length > 100 && this.#users.length > 100 && this.#departments.length > 10)
  }

  // biome-ignore lint/suspicious/noExplicitAny: reads any response
  async #data(path: string, body: object): Promise<any> {
    return ((await (await this.#post(path, body)).json()) as { data: unknown }).data
  }

  #post(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.#address(path), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  }

  #address(path: string): string {
    const whole = path.startsWith('department/') ? path : `crm/follow/${path}`
    return `${this.#url}/openapi/${whole}?access_token=${this.#token}`
  }

  /** The code of the answer; 0 for one that the server ended. */
  async ask(path: string, body: object, headers?: Record<string, string>): Promise<number> {
    try {
      const text = await (await this.#post(path, body, headers)).text()
      return Number(/"code":(\d+)/.exec(text.slice(0, 100))?.[1])
    } catch {
      return 0
    }
  }

  async create(key: string): Promise<void> {
    const body = {
      type: 1,
      id: 'c',
      user_id: this.#users[0],
      contact_type: '电话跟进',
      follow_content: '内容',
    }
    await this.ask('create', body, { 'Idempotency-Key': key })
  }

  targetList(): Promise<number> {
    const count = [1, 2, 10, 80, 1000][this.#draw(5)] as number
    const target_id_list = Array.from(
      { length: count },
      () => this.#targets[this.#draw(this.#targets.length)],
    )
    const other = [{}, { title: '日程' }, { follow_user_ids: [this.#users[this.#draw(this.#users.length)]] }][
      this.#draw(3)
    ]
    return this.ask('list', { target_id_list, ...other, current_index: 1 + this.#draw(500) })
  }

  wideList(): Promise<number> {
    const follow_dep_ids = [this.#departments[this.#draw(this.#departments.length)]]
    const user = this.#users[this.#draw(this.#users.length)]
    const day = `2024-0${1 + this.#draw(9)}-1${this.#draw(9)}`
    const other = [
      { target_type: 1 },
      { follow_type_list: [1, 2, 3] },
      { follow_user_ids: this.#users },
      { follow_user_ids: [user], target_type: 1 },
    ]
    return this.ask('list', {
      follow_dep_ids,
      follow_time_end: day,
      ...other[this.#draw(4)],
      current_index: 1 + this.#draw(2000),
    })
  }

  otherList(): Promise<number> {
    const current_index = 1 + this.#draw(3000)
    const path = ['customer/list', 'opportunity/list', 'listForSystem'][this.#draw(3)] as string
    return this.ask(path, { current_index })
  }

  longFilter(): Promise<number> {
    return this.ask('list', {
      target_id_list: Array.from({ length: 1000 }, (_, at) => `${this.#draw(1e9)}-${at}`.padEnd(1000, 'x')),
    })
  }

  nonsense(): Promise<number> {
    const keys = Object.fromEntries(
      Array.from({ length: 1_500_000 }, (_, at) => [`k${this.#draw(1e9)}${at}`, 1]),
    )
    return this.ask('department/replace', { departments: [], staff: [], ...keys })
  }

  unknownTypes(): Promise<number> {
    const contact_type = '㍿㌀ﷺ'.repeat(1000)
    const records = Array.from({ length: 100 }, (_, at) => {
      return {
        type: 1,
        id: 'c',
        user_id: this.#users[0],
        contact_type: `${contact_type}${at}`,
        follow_content: '内容',
      }
    })
    return this.ask('batchCreate', { records })
  }

  /** A request as it is sent. @param announced more bytes than there are, if given */
  bytes(path: string, body: object, announced?: number): Buffer {
    const text = announced === undefined ? JSON.stringify(body) : ''
    const { pathname, search } = new URL(this.#address(path))
    return Buffer.from(
      `POST ${pathname}${search} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${announced ?? Buffer.byteLength(text)}\r\n\r\n${text}`,
    )
  }

  open(): Promise<Socket> {
    const { hostname: host, port } = new URL(this.#url)
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port: Number(port) }, () => resolve(socket))
      socket.on('error', reject)
    })
  }

  /** Waits until the company is served again. */
  async settle(): Promise<void> {
    for (let left = 100; left > 0; left--) {
      if ((await this.ask('list', {})) === 0) return
      await sleep(100)
    }
    throw new Error('the company is not served any more')
  }
}

async function tokenOf(url: string, credentials: object): Promise<string> {
  const answer = await fetch(`${url}/openapi/access_token?${new URLSearchParams({ ...credentials })}`)
  return ((await answer.json()) as { data: { access_token: string } }).data.access_token
}

function startProber(url: string, token: string) {
  const list = { path: `/openapi/crm/follow/list?access_token=${token}`, records: OTHER_RECORDS }
  return probing(spawn(process.execPath, proberArgs(url, list), { stdio: ['pipe', 'pipe', 'inherit'] }))
}

/** Begins the process's peak of memory anew, where the system can. */
function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
  } catch {
    // Not Linux: it is the peak of everything so far.
  }
}
