import { createServer, type ServerResponse } from 'node:http'
import { parseExact } from 'genjin-client'
import { OPERATIONS } from 'genjin-contract'
import { listening } from './scripted-server.ts'

/** A follow-up as the double holds it: what follow/list answers, as the text that it answers. */
export interface DoubleRecord {
  readonly text: string
  readonly followTime: number
  readonly businessType: number
  readonly system: boolean
}

/** What the double was asked, and what it holds. */
export interface PlatformDouble extends AsyncDisposable {
  readonly url: string
  readonly credentials: { readonly appid: string; readonly app_secret: string }
  /** Changed by tests while it is read. */
  readonly records: DoubleRecord[]
  /** Most records that a request skipped. */
  deepest: number
  tokens: number
}

/** The platform's documented operations, and nothing else: other paths answer what a gateway does. */
const DOCUMENTED = new Set(
  Object.values(OPERATIONS)
    .filter(({ origin }) => origin === 'platform')
    .map(({ path }) => path as string),
)

const SHANGHAI_MS = 8 * 3_600_000

/**
 * A stand-in for the platform: its documented operations over records in memory, in the platform's words. After every
 * `troubleEvery` requests it refuses one with HTTP 429 and Retry-After, and another with an expired token.
 */
export async function platformDouble(
  records: DoubleRecord[],
  { troubleEvery = 0 } = {},
): Promise<PlatformDouble> {
  let requests = 0
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url as string, 'http://double')
    let body = ''
    for await (const chunk of request) body += chunk
    if (!DOCUMENTED.has(pathname)) {
      response.writeHead(404, { 'Content-Type': 'text/html' }).end('<html><body>404 Not Found</body></html>')
      return
    }
    if (pathname === OPERATIONS.accessToken.path) return void answerToken(response, searchParams)
    requests++
    if (troubleEvery > 0 && requests % troubleEvery === 0) {
      response.writeHead(429, { 'Retry-After': '0' }).end('Too Many Requests')
      return
    }
    const expired = troubleEvery > 0 && requests % (3 * troubleEvery) === 1
    if (expired || searchParams.get('access_token') !== `token${double.tokens}`) {
      if (expired) double.tokens++
      response.end('{"code":10010,"msg":"access_token已过期","data":null,"sub_code":"A0230"}')
      return
    }
    const params = (body ? parseExact(body) : Object.fromEntries(searchParams)) as Record<string, unknown>
    answerList(response, pathname, params)
  })

  function answerToken(response: ServerResponse, query: URLSearchParams): void {
    const right = query.get('appid') === 'wxapp' && query.get('app_secret') === 'wxsecret'
    const create_at = Math.floor(Date.now() / 1000)
    const data = { access_token: `token${double.tokens}`, expires_in: 7200, create_at }
    response.end(
      JSON.stringify(
        right
          ? { code: 0, msg: 'ok', data, sub_code: '00000' }
          : { code: 40001, msg: 'app_secret错误', data: null, sub_code: 'A0400' },
      ),
    )
  }

  function answerList(response: ServerResponse, path: string, params: Record<string, unknown>): void {
    const index = Number(params.current_index ?? 1)
    const size = Number(params.page_size ?? 20)
    double.deepest = Math.max(double.deepest, (index - 1) * size)
    const all = path === OPERATIONS.staffList.path ? STAFF : matching(path, params)
    const page = all.slice((index - 1) * size, index * size).map(({ text }) => text)
    response.end(
      `{"code":0,"msg":"请求成功","data":{"total":${all.length},"records":[${page.join(',')}]},"sub_code":"00000"}`,
    )
  }

  /** By list, newest first; rebuilt when records were added, removed or changed. */
  let sorted: Record<'staff' | 'system', (DoubleRecord & { readonly day: string })[]> = {
    staff: [],
    system: [],
  }
  let made: readonly DoubleRecord[] = []
  /** What filters found in `sorted`: a list is asked for page by page. */
  const found = new Map<string, readonly DoubleRecord[]>()

  function sort(): void {
    if (made.length === records.length && made.every((record, index) => record === records[index])) return
    made = [...records]
    found.clear()
    const day = (ms: number) => new Date(ms + SHANGHAI_MS).toISOString().slice(0, 10)
    const all = records
      .map((record) => ({ ...record, day: day(record.followTime) }))
      .sort((one, other) => other.followTime - one.followTime)
    sorted = { staff: all.filter(({ system }) => !system), system: all.filter(({ system }) => system) }
  }

  function matching(path: string, params: Record<string, unknown>): readonly DoubleRecord[] {
    sort()
    const list = sorted[path === OPERATIONS.followListForSystem.path ? 'system' : 'staff']
    const { target_type: type, follow_time_start: start = '', follow_time_end: end = 'z' } = params
    if (type === undefined && start === '' && end === 'z') return list
    const key = JSON.stringify([path, type, start, end])
    const known = found.get(key)
    if (known) return known
    const matches = list.filter(
      ({ businessType, day }) =>
        (type === undefined || businessType === Number(type)) && day >= String(start) && day <= String(end),
    )
    found.set(key, matches)
    return matches
  }

  const double: PlatformDouble = {
    ...(await listening(server)),
    credentials: { appid: 'wxapp', app_secret: 'wxsecret' },
    records,
    deepest: 0,
    tokens: 1,
  }
  return double
}

const STAFF = [
  {
    text: '{"username":"张伟","userId":"zhang","alias":null,"mobile":null,"position":"销售","email":null,"avatar":null,"main_department_id":"1","department_id":"1,2","status":"1"}',
  },
]

/** A record of staff as the platform answers it, with a long id. */
export function doubleRecord(index: number, followTime: number, businessType = 1): DoubleRecord {
  const id = 1538877699425540097n + BigInt(index)
  const text =
    `{"id":${id},"follow_user_id":"zhang","content":"第 ${index} 次：已报价","target":{"contact_id":null,"external_id":"wm${index}",` +
    `"company_id":null,"chat_id":null,"clue_id":null,"is_ai":false},"business_type":${businessType},"business_id":"b${index % 50}",` +
    `"follow_type":7,"follow_type_desc":"微信语音","field_map":{"amount":${index}.50,"no":12345678901234567890},` +
    `"attachment_list":[{"cos_url":"https://example.com/${index}.jpg","file_extension":"jpg","material_id":null,"name":"合同.jpg","type":"image"}],` +
    `"location":{"location_lat":"39.9042","location_lng":"116.4074","location_address":"北京"},"follow_time":${followTime},` +
    `"remind":{"is_remind":1,"time":${followTime + 86400000},"before":3600000,"user_ids":["zhang"],"content":"回访"}}`
  return { text, followTime, businessType, system: false }
}

/** The same of the system. */
export function doubleSystemRecord(index: number, followTime: number): DoubleRecord {
  const text =
    `{"id":${1638877699425540097n + BigInt(index)},"follow_user_id":"zhang","content":"系统：客户入群","target":{"contact_id":null,` +
    `"external_id":"wm${index}","company_id":null,"chat_id":"c1","clue_id":null,"is_ai":null},"business_type":1,"business_id":"wm${index}",` +
    `"title":"客户入群","follow_time":${followTime},"create_time":${followTime + 1000}}`
  return { text, followTime, businessType: 1, system: true }
}
