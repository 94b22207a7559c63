import { isIP } from 'node:net'
import { basename } from 'node:path'
import { isPostgresAddress, PostgresAddressError, parsePostgresAddress } from 'genjin-record'
import type { SignInSettings } from '../service/auth/settings.ts'
import type { Env } from './env.ts'
import { readSignIn, unusable } from './sign-in-config.ts'

/** Where the data lives: one file of the embedded engine, or a PostgreSQL database. */
export type DatabaseTarget =
  | { readonly engine: 'sqlite'; readonly path: string }
  | {
      readonly engine: 'postgres'
      readonly url: string
      /** A replica to read from. */
      readonly readUrl: string | undefined
      /** `sslmode` of addresses that have none. */
      readonly sslMode: string | undefined
      readonly connections: number
    }

export interface Config {
  readonly database: DatabaseTarget
  /** The name of the flag that the database can be given with, for messages. */
  readonly flag: string
  /** GENJIN_KEY. Without it the key is read from the key file, which is created with the database. */
  readonly key: Buffer | undefined
  /** The key file: beside a SQLite database, in the folder `data` for PostgreSQL. */
  readonly keyPath: string
  readonly signIn: Omit<SignInSettings, 'demo'>
  /** Reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. */
  readonly trustedProxies: readonly string[]
  readonly logLevel: LogLevel
}

export const DEFAULT_DATABASE = 'sqlite:data/genjin.db'

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Connections to PostgreSQL for each process, unless GENJIN_CONNECTIONS says otherwise. */
const CONNECTIONS = 10
const MOST_CONNECTIONS = 1000

/** What `readConfig` reads of the environment. */
export type ConfigEnv = Partial<Env>

/**
 * The configuration from flags and environment. Throws a ServiceError that names the setting.
 *
 * @param flag the name of the database's flag, for messages
 */
export function readConfig(env: ConfigEnv, flags: { database?: string } = {}, flag = '--database'): Config {
  const database = parseDatabase(flags.database ?? env.database ?? DEFAULT_DATABASE, env, flag)
  return {
    database,
    flag,
    key: env.key === undefined ? undefined : parseKey(env.key),
    keyPath: keyPathOf(database),
    signIn: readSignIn(env),
    trustedProxies: parseProxies(env.trustedProxies),
    logLevel: parseLogLevel(env.logLevel ?? 'info'),
  }
}

/** Longest name of a SQLite file in bytes: file systems take 255, and SQLite puts `-journal` behind it. */
const LONGEST_NAME = 247

/** `sqlite:PATH` or `postgres://…`. The address can hold a password: no message contains it. */
function parseDatabase(text: string, env: ConfigEnv, flag: string): DatabaseTarget {
  if (isPostgresAddress(text)) {
    const { readDatabase: readUrl, sslMode } = env
    checkPostgres(text, sslMode, `数据库地址 ${flag}`)
    if (readUrl !== undefined) {
      checkPostgres(readUrl, sslMode, '环境变量 GENJIN_READ_DATABASE（主库的只读副本）')
    }
    return { engine: 'postgres', url: text, readUrl, sslMode, connections: parseConnections(env.connections) }
  }
  const path = /^sqlite:(?:\/\/)?(.+)$/.exec(text)?.[1]
  if (path === undefined || path.startsWith(':')) {
    throw unusable(
      `数据库地址 ${flag}`,
      `须写作 sqlite:文件路径（如 ${DEFAULT_DATABASE}）或 postgres://用户:密码@主机:端口/库名`,
    )
  }
  if (Buffer.byteLength(basename(path)) > LONGEST_NAME) {
    throw unusable(
      `数据库地址 ${flag}`,
      `文件名最长 ${LONGEST_NAME} 字节（SQLite 在旁边以更长的名称建立文件）`,
    )
  }
  return { engine: 'sqlite', path }
}

function checkPostgres(text: string, sslMode: string | undefined, setting: string): void {
  try {
    parsePostgresAddress(text, sslMode)
  } catch (error) {
    throw error instanceof PostgresAddressError ? unusable(setting, error.message) : error
  }
}

function parseConnections(text: string | undefined): number {
  if (text === undefined) return CONNECTIONS
  const count = Number(text)
  if (!/^\d+$/.test(text) || count < 1 || count > MOST_CONNECTIONS) {
    throw unusable('环境变量 GENJIN_CONNECTIONS', `须为 1 到 ${MOST_CONNECTIONS}`)
  }
  return count
}

/** For PostgreSQL named after server and database: two databases used from one folder have two keys. */
function keyPathOf(database: DatabaseTarget): string {
  if (database.engine === 'sqlite') return `${database.path}.key`
  const { hostname, port, pathname } = new URL(database.url)
  const name = [hostname || 'localhost', port || '5432', decodeURIComponent(pathname.slice(1)) || 'postgres']
  return `data/${name.join('-').replace(/[^\w.-]/g, '_')}.key`
}

/** 32 bytes or more, in base64 or hex. */
function parseKey(text: string): Buffer {
  const digits = text.trim()
  const key = Buffer.from(digits, /^[0-9a-f]{64,}$/i.test(digits) ? 'hex' : 'base64')
  if (key.length < 32) {
    throw unusable(
      '环境变量 GENJIN_KEY',
      '须为至少 32 字节的 base64 或十六进制文本，可用 openssl rand -base64 32 生成',
    )
  }
  return key
}

function parseLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text)
  if (!level) {
    throw unusable('环境变量 GENJIN_LOG', `须为 ${LOG_LEVELS.join('、')} 之一`)
  }
  return level
}

/** Addresses and networks: `127.0.0.1,10.0.0.0/8`. */
function parseProxies(text: string | undefined): string[] {
  const proxies = text?.split(',').map((one) => one.trim()) ?? []
  const wrong = proxies.find((one) => !isNetwork(one))
  if (wrong === undefined) return proxies
  const wanted = `“${wrong}”须为 IP 地址或网段，各项以逗号分隔，如 127.0.0.1,10.0.0.0/8`
  throw unusable('环境变量 GENJIN_TRUSTED_PROXIES', wanted)
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}
