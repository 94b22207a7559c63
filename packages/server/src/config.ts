import type { Env } from './env.ts'
import { ServiceError } from './errors.ts'

/** Where the data lives: one file of the embedded engine. */
export interface DatabaseTarget {
  readonly engine: 'sqlite'
  readonly path: string
}

export interface Config {
  readonly database: DatabaseTarget
  /** The key given by the environment; without it a key file beside the database is used, and made on first start. */
  readonly key: Buffer | undefined
  readonly logLevel: LogLevel
}

export const DEFAULT_DATABASE = 'sqlite:data/genjin.db'

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** The configuration that flags and environment ask for. Throws ServiceError that names the setting. */
export function readConfig(env: Env, flags: { database?: string } = {}): Config {
  return {
    database: parseDatabase(flags.database ?? env.database ?? DEFAULT_DATABASE),
    key: env.key === undefined ? undefined : parseKey(env.key),
    logLevel: parseLogLevel(env.logLevel ?? 'info'),
  }
}

/** `sqlite:PATH` */
function parseDatabase(text: string): DatabaseTarget {
  const path = /^sqlite:(?:\/\/)?(.+)$/.exec(text)?.[1]
  if (path === undefined || path.startsWith(':')) {
    throw new ServiceError(
      'paramInvalid',
      `数据库地址 --database 不可用:须写作 sqlite:文件路径,如 ${DEFAULT_DATABASE}`,
    )
  }
  return { engine: 'sqlite', path }
}

/** 32 bytes or more, in base64 or hex. */
function parseKey(text: string): Buffer {
  const key = /^[0-9a-f]{64,}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64')
  if (key.length < 32) {
    throw new ServiceError(
      'paramInvalid',
      '环境变量 GENJIN_KEY 不可用:须为至少 32 字节的 base64 或十六进制文本,可用 openssl rand -base64 32 生成',
    )
  }
  return key
}

function parseLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text)
  if (!level) {
    throw new ServiceError('paramInvalid', `环境变量 GENJIN_LOG 不可用:须为 ${LOG_LEVELS.join('、')} 之一`)
  }
  return level
}
