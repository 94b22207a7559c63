import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { AnswerError, GenjinClient, GenjinError } from 'genjin-client'
import { fileText } from 'genjin-record'
import type { Credentials, FindNames } from 'genjin-sync'
import { CliError, type CommandCall, EXIT, given, option, requireOption, usageError } from './command.ts'
import { configOf, loadServer, openDatabase, type Server } from './database.ts'
import { reasonOf } from './errors.ts'
import { unreadable } from './output.ts'

/** Which server a command reads, and as which app. */
export const SERVER_OPTIONS = {
  from: option(
    'URL',
    '服务器地址，如 http://127.0.0.1:8787 或 https://open.wshoto.com',
    'address of the server: genjin, or the platform itself',
  ),
  app: option(
    'FILE',
    '凭证文件，即 genjin app add --json 的输出：{"appid":"…","app_secret":"…"}',
    'file with the credentials, as genjin app add --json prints them',
  ),
  appid: option(
    'ID',
    '应用 ID；app_secret 从环境变量 GENJIN_APP_SECRET 读取（命令行在进程列表里可见）',
    'id of the app; its secret is read from the environment variable GENJIN_APP_SECRET',
  ),
} as const

/** The zone whose days count, and in which times are written. */
export const TIME_ZONE_OPTION = option(
  'ZONE',
  '企业的时区，默认 Asia/Shanghai（--corp 则为企业自己的）',
  "the company's time zone, default Asia/Shanghai (with --corp the company's own)",
)

/** Enough for some minutes: a pull or sync of hours must survive a restart of the server. */
const RETRY = { attempts: 10, maxMs: 60_000 }

/** The first request: a wrong address is reported soon. */
const GREETING = { attempts: 3 }
const GREETING_MS = 20_000

/** Where follow-ups are read from: a server, or a company of a local database. */
export interface Source extends AsyncDisposable {
  readonly client: GenjinClient
  /** Identifies the source, without secrets: address and app, or company and database. */
  readonly id: string
  /** The company's time zone; undefined for a server, which does not say it. */
  readonly timeZone: string | undefined
  /** Names of objects, from the database; a server has them in its lists only. */
  readonly findNames?: FindNames
}

/** The server of --from, as the app of --app or --appid. */
export async function serverSource(call: CommandCall): Promise<Source> {
  const from = serverAddress(call, 'from')
  const { appid, app_secret: appSecret } = credentialsOf(call, 'app', 'appid', 'GENJIN_APP_SECRET')
  const { signal } = call.io
  const options = { baseUrl: from, appid, appSecret, signal }
  const greeting = new GenjinClient({ ...options, retry: GREETING, timeoutMs: GREETING_MS })
  try {
    await greeting.call('followList', { page_size: 1 })
  } catch (error) {
    throw unreached(`--from ${from}`, error)
  }
  return {
    client: new GenjinClient({ ...options, retry: RETRY, timeoutMs: 60_000 }),
    id: `${new URL(from).href.replace(/\/+$/, '')} ${appid}`,
    timeZone: undefined,
    [Symbol.asyncDispose]: async () => {},
  }
}

/** The same, or without --from the company of --corp in the database of --database. */
export async function sourceOf(call: CommandCall): Promise<Source> {
  const corpId = given(call, 'corp')
  if (call.options.from !== undefined) {
    if (corpId === undefined) return await serverSource(call)
    throw usageError('--from 与 --corp 只能给一个 / give either --from or --corp')
  }
  if (corpId !== undefined) return await localSource(call, corpId)
  throw usageError(
    '缺少 --from（服务器）或 --corp（本机数据库里的企业）/ --from (a server) or --corp (a company of the database) is missing',
  )
}

async function localSource(call: CommandCall, corpId: string): Promise<Source> {
  const server = await loadServer()
  const core = await openDatabase(server, call)
  try {
    const corp = await server.requireCorp(core.context, corpId)
    return {
      client: localClient(server.localFetch(core.context, corp), call.io.signal),
      id: `corp ${corpId} ${databaseName(server, call)}`,
      timeZone: corp.timeZone,
      findNames: async (type, follows) => {
        const ids = [...new Set(follows.map(({ business_id }) => business_id))]
        return await server.namesOfTargets(core.context, corp, type, ids)
      },
      [Symbol.asyncDispose]: () => core[Symbol.asyncDispose](),
    }
  } catch (error) {
    await core[Symbol.asyncDispose]()
    throw error
  }
}

/** Identifies the database, without user and password. */
function databaseName(server: Server, call: CommandCall): string {
  const { database } = configOf(server, call)
  if (database.engine === 'sqlite') return resolve(database.path)
  const { host, pathname } = new URL(database.url)
  return `postgres://${host}${pathname}`
}

/** A client of a local database. */
export function localClient(localFetch: typeof fetch, signal: AbortSignal): GenjinClient {
  return new GenjinClient({
    baseUrl: 'http://local',
    fetchToken: async () => ({ access_token: 'local', create_at: 0, expires_in: 7200 }),
    fetch: localFetch,
    signal,
    timeoutMs: 600_000,
    retry: RETRY,
  })
}

/** The server that an option names. A text that is no address is repeated only if it looks like one without `http://`. */
export function serverAddress(call: CommandCall, name: string): string {
  const text = requireOption(call, name)
  const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined
  if (url && `${url.username}${url.password}${url.search}${url.hash}` === '') return text
  const isBare = /^[\w.-]+(:\d+)?(\/[\w./-]*)?$/.test(text)
  const [zh, en] = isBare ? [`，是不是 http://${text}？`, `, did you mean http://${text}?`] : ['', '']
  throw usageError(
    `--${name} 须写作 http://主机:端口 或 https://主机${zh} / --${name} is written http://host:port or https://host${en}`,
  )
}

/** Says which server was not reached; errors in which it answered stay as they are. */
function unreached(server: string, error: unknown): unknown {
  if (!(error instanceof GenjinError)) return error
  const reason = reasonOf(error, true)
  if (reason) return new CliError(EXIT.failed, `${server} ${reason.zh} / ${reason.en}`, error)
  if (error instanceof AnswerError) {
    return new CliError(
      EXIT.failed,
      `${server} 返回的不是约定的格式（HTTP ${error.status}），请核对地址，它须是 genjin 或企微管家的接口 / what it answers is not of this protocol (HTTP ${error.status}), check the address: it must be a genjin or the platform`,
      error,
    )
  }
  return error
}

/** From a file, or from an option and an environment variable. */
export function credentialsOf(
  call: CommandCall,
  fileOption: string,
  idOption: string,
  variable: string,
): Credentials {
  const file = given(call, fileOption)
  if (file !== undefined) return credentialsIn(file, fileOption)
  const appid = given(call, idOption)
  const secret = call.io.env[variable]
  if (appid && secret) return { appid, app_secret: secret }
  throw usageError(
    `缺少凭证：用 --${fileOption} 文件，或 --${idOption} 与环境变量 ${variable} / credentials are missing: --${fileOption} FILE, or --${idOption} and the environment variable ${variable}`,
  )
}

function credentialsIn(file: string, name: string): Credentials {
  let text: string
  try {
    text = fileText(readFileSync(file))
  } catch (error) {
    throw unreadable(`--${name} ${file}`, error)
  }
  try {
    const { appid, app_secret } = JSON.parse(text)
    if (typeof appid === 'string' && typeof app_secret === 'string') return { appid, app_secret }
  } catch {
    // The parser's message would repeat the text, which is secret.
  }
  throw new CliError(
    EXIT.failed,
    `--${name} ${file} 须为 {"appid":"…","app_secret":"…"} / must hold appid and app_secret as JSON`,
  )
}

/** The zone of --time-zone, or else the company's own. */
export function timeZoneOf(call: CommandCall, source: Source): string {
  const name = given(call, 'time-zone') ?? source.timeZone ?? 'Asia/Shanghai'
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return name
  } catch {
    throw usageError(
      `--time-zone 须为 IANA 时区名，如 Asia/Shanghai / --time-zone must be an IANA name: ${name}`,
    )
  }
}
