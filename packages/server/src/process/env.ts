/** What genjin takes from the environment. */
export interface Env {
  /** GENJIN_DATABASE: the database, when --database is not given. */
  readonly database: string | undefined
  /** GENJIN_CONNECTIONS: most connections to PostgreSQL of each process. */
  readonly connections: string | undefined
  /** GENJIN_READ_DATABASE: a read replica of the PostgreSQL database. */
  readonly readDatabase: string | undefined
  /** PGSSLMODE: `sslmode` of addresses that have none, as for PostgreSQL's own programs. */
  readonly sslMode: string | undefined
  /** GENJIN_KEY: the key that secrets and tokens are derived with, instead of the key file. */
  readonly key: string | undefined
  /** GENJIN_LOG: trace, debug, info (default), warn, error or silent. */
  readonly logLevel: string | undefined
}

/** The only reader of process.env. Empty means not set. */
export function readEnv(env: NodeJS.ProcessEnv = process.env): Env {
  return {
    database: env.GENJIN_DATABASE || undefined,
    connections: env.GENJIN_CONNECTIONS || undefined,
    readDatabase: env.GENJIN_READ_DATABASE || undefined,
    sslMode: env.PGSSLMODE || undefined,
    key: env.GENJIN_KEY || undefined,
    logLevel: env.GENJIN_LOG || undefined,
  }
}
