import { isRawNumber } from 'genjin-record'
import { ChangeFeed } from './change-feed.ts'
import { AnswerError, ApiError } from './errors.ts'
import { Listing } from './listing.ts'
import {
  type AccessToken,
  ERROR_CODES,
  type FollowChangesParams,
  type IdLike,
  OPERATIONS,
  type OperationName,
  type Operations,
  type Page,
} from './operations.ts'
import { DEFAULT_RETRY, type RetryPolicy, sleep, untilAborted, waitBefore } from './retry.ts'
import { sendBy } from './send.ts'
import { TokenKeeper } from './token.ts'
import { Refused, transportTo } from './transport.ts'

export interface ClientOptions {
  /** The server: `https://open.wshoto.com`, `http://127.0.0.1:8787`. */
  readonly baseUrl: string
  /** Required with `appSecret`, unless `fetchToken` or `session` is given. */
  readonly appid?: string
  readonly appSecret?: string
  /** Gets the token from elsewhere, so that the secret is not needed here: in a browser, from a server of your own. */
  readonly fetchToken?: () => Promise<AccessToken>
  /**
   * As a person who has signed in, instead of an app: `true` in a page of the server itself, whose browser sends the cookie; elsewhere
   * the cookie, `name=value`. When it ends, calls are refused with 40110 (sessionEnded).
   */
  readonly session?: true | string
  /** Longest wait for one response, in ms; default 30,000. */
  readonly timeoutMs?: number
  /** Overrides of DEFAULT_RETRY. */
  readonly retry?: Partial<RetryPolicy>
  /** Aborts all calls of this client. */
  readonly signal?: AbortSignal
  /** Sends the requests, for proxies and tests. Default: node:http in Node, the global fetch elsewhere. */
  readonly fetch?: typeof fetch
  /** The clock, in ms since 1970; default Date.now. */
  readonly now?: () => number
}

export interface CallOptions {
  /** Aborts this call, which rejects with the signal's reason. */
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  readonly retry?: Partial<RetryPolicy>
}

export interface WriteOptions extends CallOptions {
  /**
   * 1 to 255 visible ASCII characters, unique to this write, such as crypto.randomUUID(). genjin performs the write once
   * however often it is sent, so the client retries it. Without a key a write is sent once. The platform ignores keys: use
   * none there, or `retry: { attempts: 1 }`.
   */
  readonly idempotencyKey?: string
}

export interface ListOptions extends CallOptions {
  /** Concurrent requests for pages, 1 to 64; default 2. */
  readonly concurrency?: number
}

export interface FeedOptions extends CallOptions {
  /** How long to wait at the end of the feed before it is read again, in ms; undefined ends the loop there. */
  readonly pollMs?: number
}

type ListName = {
  [N in OperationName]: Operations[N]['data'] extends Page<unknown> ? N : never
}[OperationName]
type RecordOf<N extends ListName> = Operations[N]['data']['records'][number]

/** After these the token is renewed. */
const TOKEN_CODES: readonly number[] = [
  ERROR_CODES.tokenUnknown,
  ERROR_CODES.tokenExpired,
  ERROR_CODES.tokenRevoked,
]

const MOST_CONCURRENCY = 64

/**
 * A client of one app on one server: genjin, or 企微管家 itself, which lacks the operations that genjin adds (tagged genjin
 * 补充 in the API reference). Ids are 64-bit integers: strings of digits in responses; strings, numbers or bigints in
 * requests. Calls throw ApiError when the server refuses, and NetworkError, TimeoutError or AnswerError when there is no
 * valid response.
 */
export class GenjinClient {
  readonly #exchange: ReturnType<typeof transportTo>
  readonly #tokens: TokenKeeper
  readonly #timeoutMs: number
  readonly #retry: RetryPolicy
  readonly #signal: AbortSignal | undefined
  readonly #session: true | string | undefined

  constructor(options: ClientOptions) {
    const {
      baseUrl,
      appid,
      appSecret,
      fetchToken,
      session,
      timeoutMs = 30_000,
      retry,
      signal,
      now = Date.now,
    } = options
    if (isRawNumber === undefined) {
      throw new Error(
        '运行环境太旧，没有 JSON.rawJSON：请使用 Node 22 或更高版本，或新版 Deno、Bun、浏览器 / this runtime is too old, it has no JSON.rawJSON: use Node 22 or newer, or a current Deno, Bun or browser',
      )
    }
    this.#exchange = transportTo(addressOf(baseUrl), sendBy(options.fetch))
    this.#timeoutMs = timeoutMs
    this.#retry = { ...DEFAULT_RETRY, ...retry }
    this.#signal = signal
    this.#session = session
    if (
      session === undefined &&
      fetchToken === undefined &&
      (appid === undefined || appSecret === undefined)
    ) {
      throw new TypeError(
        '缺少 appid 与 appSecret，或 fetchToken、session / appid and appSecret, or fetchToken or session, are missing',
      )
    }
    const own = () => this.call('accessToken', { appid: appid ?? '', app_secret: appSecret ?? '' })
    this.#tokens = new TokenKeeper(fetchToken ?? own, now)
  }

  /** Follow-ups 跟进记录. */
  readonly follow = {
    /** Staff's follow-ups, newest first. */
    list: this.#lister('followList'),
    /** The system's. */
    listForSystem: this.#lister('followListForSystem'),
    /** The platform's older lists. */
    customerList: this.#lister('customerFollowList'),
    opportunityList: this.#lister('opportunityFollowList'),
    /** Returns the new id. */
    create: this.#writer('followCreate'),
    batchCreate: this.#writer('followBatchCreate'),
    update: this.#writer('followUpdate'),
    delete: this.#writer('followDelete'),
    restore: this.#writer('followRestore'),
    get: this.#reader('followGet'),
    /** Every change after `cursor`, or from the start. Throws ApiError 40930 (cursorExpired) when the cursor is too old. */
    changes: ({ cursor, ...params }: FollowChangesParams = {}, options: FeedOptions = {}): ChangeFeed =>
      new ChangeFeed(
        (at) => this.call('followChanges', { limit: 1000, ...params, ...(at && { cursor: at }) }, options),
        cursor || undefined,
        { pollMs: options.pollMs, signal: this.#either(options.signal) },
      ),
    reconcile: this.#reader('followReconcile'),
  }

  /** Follow types 跟进方式. */
  readonly followType = {
    list: this.#lister('followTypeList'),
    add: (name: string, options?: WriteOptions) => this.call('followTypeAdd', { name }, options),
    rename: this.#writer('followTypeRename'),
    disable: (id: IdLike, options?: WriteOptions) => this.call('followTypeDisable', { id }, options),
    enable: (id: IdLike, options?: WriteOptions) => this.call('followTypeEnable', { id }, options),
    delete: (id: IdLike, options?: WriteOptions) => this.call('followTypeDelete', { id }, options),
  }

  /** Custom fields 自定义字段. */
  readonly customField = {
    list: this.#lister('customFieldList'),
    save: this.#writer('customFieldSave'),
    delete: (key: string, options?: WriteOptions) => this.call('customFieldDelete', { key }, options),
  }

  /** Staff 员工. */
  readonly staff = {
    list: this.#lister('staffList'),
    save: this.#writer('staffSave'),
    leave: this.#writer('staffLeave'),
    move: this.#writer('staffMove'),
  }

  /** Departments 部门. */
  readonly department = {
    list: this.#lister('departmentList'),
    save: this.#writer('departmentSave'),
    move: this.#writer('departmentMove'),
    /** The whole directory: departments and staff. */
    replace: this.#writer('directoryReplace'),
  }

  /** People 人员: who may sign in, and as what. For administrators. */
  readonly person = {
    list: this.#lister('personList'),
    invite: this.#reader('personInvite'),
    role: this.#writer('personRole'),
    disable: this.#writer('personDisable'),
    sessions: this.#reader('personSessionList'),
    endSessions: this.#writer('personSessionEnd'),
  }

  /** Apps 应用. For administrators. */
  readonly app = {
    list: this.#lister('appList'),
    create: this.#reader('appCreate'),
    rename: this.#writer('appRename'),
    rotate: this.#reader('appRotate'),
    revoke: this.#writer('appRevoke'),
  }

  /** The audit trail 操作记录. For administrators. */
  readonly audit = { list: this.#lister('auditList') }

  /** Who asks 我. */
  readonly me = {
    get: (options?: CallOptions) => this.call('me', {}, options),
    save: this.#writer('meSave'),
    endSession: this.#writer('meSessionEnd'),
    password: this.#reader('mePassword'),
    beginPasskey: (options?: CallOptions) => this.call('mePasskeyBegin', {}, options),
    addPasskey: this.#reader('mePasskeyAdd'),
    removePasskey: this.#writer('mePasskeyRemove'),
  }

  #reader<N extends OperationName>(name: N) {
    return (params: Operations[N]['params'], options?: CallOptions) => this.call(name, params, options)
  }

  #writer<N extends OperationName>(name: N) {
    return (params: Operations[N]['params'], options?: WriteOptions) => this.call(name, params, options)
  }

  #lister<N extends ListName>(name: N) {
    return (params: Operations[N]['params'] = {}, options?: ListOptions) => this.#list(name, params, options)
  }

  /** One request of any operation. Returns `data` of the envelope; of a list, one page. */
  async call<N extends OperationName>(
    name: N,
    params: Operations[N]['params'],
    options: WriteOptions = {},
  ): Promise<Operations[N]['data']> {
    const { timeoutMs = this.#timeoutMs, idempotencyKey } = options
    const signal = this.#either(options.signal)
    const policy = options.retry ? { ...this.#retry, ...options.retry } : this.#retry
    const write = OPERATIONS[name][2]
    if (write === 2 && idempotencyKey !== undefined) {
      throw new TypeError(`${name} 不接受 idempotencyKey / takes no idempotencyKey`)
    }
    const repeatable = write === undefined || idempotencyKey !== undefined
    const request = {
      operation: name,
      params: params as Record<string, unknown>,
      idempotencyKey,
      cookie: typeof this.#session === 'string' ? this.#session : undefined,
      timeoutMs,
      signal,
    }
    let renewed = false
    for (let attempt = 1; ; ) {
      const hasNone = name === 'accessToken' || this.#session !== undefined
      const token = hasNone ? undefined : await untilAborted(this.#tokens.get(), signal)
      const response = await this.#exchange({ ...request, token })
      if (!(response instanceof Refused)) return response.data as Operations[N]['data']
      const { error, retryAfterMs } = response
      if (token !== undefined && isTokenError(error)) {
        this.#tokens.refuse(token)
        if (renewed || !repeatable) throw error
        renewed = true
        continue
      }
      const waitMs = repeatable ? waitBefore(policy, attempt, error, retryAfterMs) : undefined
      if (waitMs === undefined) throw error
      attempt++
      await sleep(waitMs, signal)
    }
  }

  /** Aborted when the client's signal or that of the call is. */
  #either(signal: AbortSignal | undefined): AbortSignal | undefined {
    return signal && this.#signal && signal !== this.#signal
      ? AbortSignal.any([signal, this.#signal])
      : (signal ?? this.#signal)
  }

  #list<N extends ListName>(
    name: N,
    params: Operations[N]['params'],
    options: ListOptions = {},
  ): Listing<RecordOf<N>> {
    const { concurrency = 2 } = options
    const signal = this.#either(options.signal)
    if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > MOST_CONCURRENCY) {
      throw new RangeError(`concurrency 须为 1 到 ${MOST_CONCURRENCY} / must be 1 to ${MOST_CONCURRENCY}`)
    }
    const {
      current_index: start = 1,
      page_size: size = 100,
      ...rest
    } = params as {
      current_index?: number
      page_size?: number
    }
    if (!(Number.isInteger(start) && start > 0 && Number.isInteger(size) && size > 0)) {
      throw new RangeError('current_index 与 page_size 须为正整数 / must be positive integers')
    }
    const fetchPage = async (index: number, ahead: AbortSignal | undefined) => {
      const data = (await this.call(
        name,
        { ...rest, current_index: index, page_size: size } as Operations[N]['params'],
        { ...options, ...(ahead && { signal: ahead }) },
      )) as Page<RecordOf<N>> | null
      const page = data && pageOf(data, (index - 1) * size)
      if (page) return page
      throw new AnswerError(name, 200)
    }
    return new Listing(fetchPage, { start, size, concurrency, signal })
  }
}

/**
 * A page as other servers may answer it too: the total as a text of digits, an empty list as null or left out, an empty one
 * without a total. Undefined when it is none: records are missing that the total promises from `start` on.
 */
function pageOf<R>(data: { total?: unknown; records?: R[] | null }, start: number): Page<R> | undefined {
  const { total: given, records } = data
  if (given === undefined && records === undefined) return undefined
  const total = typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : (given ?? 0)
  if (typeof total !== 'number') return undefined
  if (Array.isArray(records)) return given == null && records.length > 0 ? undefined : { total, records }
  return records == null && start >= total ? { total, records: [] } : undefined
}

function isTokenError(error: unknown): boolean {
  return error instanceof ApiError && TOKEN_CODES.includes(error.code)
}

/** The address without a trailing slash. Throws TypeError when it is no plain http(s) URL. */
function addressOf(baseUrl: string): string {
  const { protocol, username, search, hash, origin, pathname } = new URL(baseUrl)
  if (!/^https?:$/.test(protocol) || username || search || hash) {
    throw new TypeError(`baseUrl 须为 http(s)://主机[:端口][/路径] / must be http(s)://host[:port][/path]`)
  }
  return (origin + pathname).replace(/\/+$/, '')
}
