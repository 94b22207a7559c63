import { resolve } from 'node:path'
import { parsePostgresAddress, postgresPlace } from 'genjin-record'
import { LRUCache } from 'lru-cache'
import { ByteBudget } from '../byte-budget.ts'
import { ServiceError, StoreError } from '../errors.ts'
import { TOKEN_CALLS } from '../service/auth/access-token.ts'
import { createPasswordHasher } from '../service/auth/password.ts'
import type { Context, Random } from '../service/context.ts'
import { createIdSource } from '../service/id-source.ts'
import { createKeys, type Keys } from '../service/keys.ts'
import { createRateLimit } from '../service/rate-limit.ts'
import { RequestBatcher } from '../service/request-batcher.ts'
import { createStateReader } from '../store/corp.ts'
import { ListCache } from '../store/follow/list-cache.ts'
import type { Driver, MigrationReport, Store } from '../store/port.ts'
import { keepSetting, readSetting } from '../store/setting.ts'
import { createStore } from '../store/store.ts'
import type { Config, DatabaseTarget } from './config.ts'
import { makeKeyFile, readKeyFile } from './key-file.ts'

/** Clock and randomness. */
export interface Environment {
  readonly now: () => number
  readonly random: Random
}

/** What commands and the server share: the context on a migrated store. Disposing closes the store. */
export interface Core extends AsyncDisposable {
  readonly context: Context
  readonly migrated: MigrationReport
}

export interface OpenOptions {
  /** Creates the database and its key file where there are none. Without it there must be both: a mistyped address is told. */
  readonly create?: boolean
  /** For a command that writes a lot and can be run again: what it wrote is on disk after `store.flush()`, not before. */
  readonly inBulk?: boolean
}

/** Opens the database, migrates it, and checks that the key is the one it was created with. */
export async function openCore(
  config: Config,
  environment: Environment,
  options: OpenOptions = {},
): Promise<Core> {
  const answers = new ByteBudget(ANSWERS)
  const store = createStore(await openDriver(config, options), environment.now, (corp) =>
    answers.requireRoom(corp),
  )
  try {
    const migrated = await store.migrate()
    const keys = await keysOf(config, environment, store, options)
    return {
      context: {
        store,
        keys,
        now: environment.now,
        random: environment.random,
        mintId: createIdSource(environment.now, environment.random),
        listCache: new ListCache(store, createStateReader(store), answers),
        answers,
        tokens: new LRUCache({ max: REMEMBERED_TOKENS }),
        sessions: new LRUCache({ max: REMEMBERED_TOKENS }),
        noted: new LRUCache({ max: REMEMBERED_TOKENS }),
        passwords: createPasswordHasher(environment.random),
        signIn: { ...config.signIn, demo: undefined },
        creates: new RequestBatcher(),
        wrongCalls: createRateLimit(TOKEN_CALLS, environment.now),
        unknownSignIns: new LRUCache({ max: REMEMBERED_SIGN_INS }),
        passwordChanges: createRateLimit(PASSWORD_CHANGES, environment.now),
        unstoredCalls: createRateLimit(TOKEN_CALLS, environment.now),
      },
      migrated,
      [Symbol.asyncDispose]: () => store.close(),
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

const MIB = 1024 * 1024
/** Bytes of answers that clients have not taken yet. */
const ANSWERS = { most: 64 * MIB, mostOfCorp: 24 * MIB }

/** Loads only the engine that is used. */
async function openDriver(config: Config, { inBulk, create = false }: OpenOptions): Promise<Driver> {
  const { database } = config
  try {
    if (database.engine === 'sqlite') {
      const { openSqlite } = await import('../store/driver/sqlite.ts')
      return openSqlite(database.path, inBulk, create)
    }
    const { openPostgres } = await import('../store/driver/postgres.ts')
    return await openPostgres({ ...database, create })
  } catch (error) {
    throw error instanceof StoreError && error.kind === 'missing' ? missing(config, error) : error
  }
}

function missing({ database, flag }: Config, cause: StoreError): ServiceError {
  const variable =
    flag === '--database' ? ['（或环境变量 GENJIN_DATABASE）', ' (or GENJIN_DATABASE)'] : ['', '']
  const [zh, en] =
    database.engine === 'sqlite'
      ? [
          `${resolve(database.path)} 没有 genjin 的数据库`,
          `there is no database of genjin at ${resolve(database.path)}`,
        ]
      : [
          `PostgreSQL 数据库 ${placeOf(database)} 里没有 genjin 的表`,
          `the database ${placeOf(database)} has no tables of genjin`,
        ]
  return new ServiceError(
    'paramInvalid',
    `${zh}：请核对 ${flag}${variable[0]}；新建请运行 genjin migrate / ${en}: check ${flag}${variable[1]}; genjin migrate creates a new one`,
    { cause },
  )
}

function placeOf({ url, sslMode }: Extract<DatabaseTarget, { engine: 'postgres' }>): string {
  return postgresPlace(parsePostgresAddress(url, sslMode))
}

async function keysOf(
  config: Config,
  environment: Environment,
  store: Store,
  { create = false }: OpenOptions,
): Promise<Keys> {
  const path = config.keyPath
  const known = await store.readShared((tx) => readSetting(tx, FINGERPRINT))
  const key =
    config.key ??
    readKeyFile(path) ??
    (known === undefined && create ? makeKeyFile(path, environment.random) : undefined)
  if (!key) {
    throw new ServiceError(
      'paramInvalid',
      known === undefined
        ? `密钥文件 ${resolve(path)} 不存在，数据库也还没有密钥：请运行 genjin migrate 生成，或用环境变量 GENJIN_KEY 给出`
        : `密钥文件 ${resolve(path)} 不存在，而数据库已有密钥：请从备份恢复它，或用环境变量 GENJIN_KEY 给出原来的密钥`,
    )
  }
  const keys = createKeys(key)
  const kept = known ?? (await store.transactShared((tx) => keepSetting(tx, FINGERPRINT, keys.fingerprint)))
  if (kept !== keys.fingerprint) {
    throw new ServiceError(
      'paramInvalid',
      `密钥与数据库不符：数据库建立时用的是另一把密钥，请恢复原来的${config.key ? ' GENJIN_KEY' : `密钥文件 ${path}`}`,
    )
  }
  return keys
}

/** Tokens, and as many sessions. */
const REMEMBERED_TOKENS = 2_000

/** Invented companies push out the oldest. */
const REMEMBERED_SIGN_INS = 10_000

/** How often a person may try to change their password. */
const PASSWORD_CHANGES = { most: 10, windowMs: 600_000 }

/** The setting that identifies the key of a database. */
const FINGERPRINT = 'key_fingerprint'
