import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { AnswerError, ApiError, ERROR_CODES, GenjinClient, type RetryPolicy } from 'genjin-client'
import { localFetch, openCore, requireCorp, ServiceError } from 'genjin-server'
import { type CommandCall, type Option, UsageError } from './command.ts'

/** How a command is told which server it reads, and as whom. */
export const SERVER_OPTIONS: Readonly<Record<string, Option>> = {
  from: {
    type: 'string',
    value: 'URL',
    zh: '服务器地址，如 http://127.0.0.1:8787 或 https://open.wshoto.com',
    en: 'address of the server: genjin, or the platform itself',
  },
  app: {
    type: 'string',
    value: 'FILE',
    zh: '凭证文件，即 genjin app add --json 的输出：{"appid":"…","app_secret":"…"}',
    en: 'file with the credentials, as genjin app add --json prints them',
  },
  appid: {
    type: 'string',
    value: 'ID',
    zh: '应用 ID;app_secret 从环境变量 GENJIN_APP_SECRET 读取（命令行在进程列表里看得到）',
    en: 'id of the app; its secret is read from the environment variable GENJIN_APP_SECRET',
  },
}

/** In which zone days begin, and times are written. */
export const TIME_ZONE_OPTION: Option = {
  type: 'string',
  value: 'ZONE',
  zh: '企业的时区，默认 Asia/Shanghai（--corp 则为企业自己的）',
  en: "the company's time zone, default Asia/Shanghai (with --corp the company's own)",
}

/** Requests for pages under way at once. */
export const CONCURRENCY = 4

/** A server is asked again for up to some minutes: a pull or sync of hours is not to end at a restart of it. */
const RETRY = { attempts: 10, maxMs: 60_000 }

/** The first request of all. */
const GREETING = { attempts: 3 }

export interface Credentials {
  readonly appid: string
  readonly app_secret: string
}

/** Where follow-ups are read from: a server, or a company of a database of this machine. */
export interface Source extends AsyncDisposable {
  readonly client: GenjinClient
  /** Tells it from other sources, without secrets: the address and the app, or the company. */
  readonly id: string
  /** The company's time zone, where it is known: a server does not tell it. */
  readonly timeZone: string | undefined
}

/** The server of --from, as the app of --app or --appid. */
export async function serverSource(call: CommandCall): Promise<Source> {
  const from = call.options.from as string
  const credentials = credentialsOf(call, 'app', 'appid', 'GENJIN_APP_SECRET')
  const { appid } = credentials
  const { signal } = call.io
  // Who is not there, or does not know us, is told at once; later on a server may be away for minutes.
  await clientOf(from, credentials, signal, '--from', GREETING).call('followList', { page_size: 1 })
  return {
    client: clientOf(from, credentials, signal, '--from'),
    id: `${new URL(from).href.replace(/\/+$/, '')} ${appid}`,
    timeZone: undefined,
    [Symbol.asyncDispose]: async () => {},
  }
}

/** The same, or without --from the company of --corp in the database of --database. */
export async function sourceOf(call: CommandCall): Promise<Source> {
  const corpId = call.options.corp as string | undefined
  if (call.options.from !== undefined) {
    if (corpId !== undefined) {
      throw new UsageError('--from 与 --corp 只给一个 / give either --from or --corp')
    }
    return await serverSource(call)
  }
  if (corpId === undefined) {
    throw new UsageError(
      '缺少 --from（服务器）或 --corp（本机数据库里的企业）/ --from (a server) or --corp (a company of the database) is missing',
    )
  }
  const core = await openCore(call.config, call.io.environment)
  try {
    const corp = await requireCorp(core.context, corpId)
    return {
      client: localClient(localFetch(core.context, corp), call.io.signal),
      id: `corp ${corpId} ${databaseName(call)}`,
      timeZone: corp.timeZone,
      [Symbol.asyncDispose]: () => core[Symbol.asyncDispose](),
    }
  } catch (error) {
    await core[Symbol.asyncDispose]()
    throw error
  }
}

/** Which database, without user and password. */
function databaseName({ config: { database } }: CommandCall): string {
  if (database.engine === 'sqlite') return resolve(database.path)
  const { host, pathname } = new URL(database.url)
  return `postgres://${host}${pathname}`
}

/** A client of a database of this machine. */
export function localClient(fetchWith: typeof fetch, signal: AbortSignal): GenjinClient {
  return new GenjinClient({
    baseUrl: 'http://local',
    fetchToken: async () => ({ access_token: 'local', create_at: 0, expires_in: 7200 }),
    fetch: fetchWith,
    signal,
    timeoutMs: 600_000,
    retry: RETRY,
  })
}

/** A client of the server at this address. */
export function clientOf(
  baseUrl: string,
  { appid, app_secret: appSecret }: Credentials,
  signal: AbortSignal,
  option: string,
  retry: Partial<RetryPolicy> = RETRY,
): GenjinClient {
  try {
    return new GenjinClient({ baseUrl, appid, appSecret, signal, retry, timeoutMs: 60_000 })
  } catch (error) {
    throw new UsageError(`${option}: ${(error as Error).message}`)
  }
}

/** From a file, or an id and an environment variable. */
export function credentialsOf(
  call: CommandCall,
  fileOption: string,
  idOption: string,
  variable: string,
): Credentials {
  const file = call.options[fileOption] as string | undefined
  if (file !== undefined) return credentialsIn(file, fileOption)
  const appid = call.options[idOption] as string | undefined
  const secret = call.io.env[variable]
  if (!appid || !secret) {
    throw new UsageError(
      `缺少凭证：用 --${fileOption} 文件，或 --${idOption} 与环境变量 ${variable} / credentials are missing: --${fileOption} FILE, or --${idOption} and the environment variable ${variable}`,
    )
  }
  return { appid, app_secret: secret }
}

function credentialsIn(file: string, option: string): Credentials {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new ServiceError('paramInvalid', `--${option} ${file} 无法读取：${(error as Error).message}`)
  }
  const value = jsonOf(text)
  const { appid, app_secret: secret } = value ?? {}
  if (typeof appid !== 'string' || typeof secret !== 'string') {
    throw new ServiceError(
      'paramInvalid',
      `--${option} ${file} 须为 {"appid":"…","app_secret":"…"} / must hold appid and app_secret as JSON`,
    )
  }
  return { appid, app_secret: secret }
}

/** Undefined when it is no JSON: what it holds is a secret, and goes into no message. */
function jsonOf(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What --time-zone says, or else the company's own zone. */
export function timeZoneOf(given: string | undefined, source: Source): string {
  const name = given ?? source.timeZone ?? 'Asia/Shanghai'
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return name
  } catch {
    throw new UsageError(
      `--time-zone 须为 IANA 时区名，如 Asia/Shanghai / --time-zone must be an IANA name: ${name}`,
    )
  }
}

/** What a server answers that does not have an operation. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof AnswerError) return error.status === 404 || error.status === 405
  return error instanceof ApiError && (error.code === ERROR_CODES.pathUnknown || error.status === 404)
}
