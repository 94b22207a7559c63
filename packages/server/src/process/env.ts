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
  /** GENJIN_URL: the address that people open. */
  readonly url: string | undefined
  /** GENJIN_TRUSTED_PROXIES: addresses and networks of reverse proxies, separated by commas. */
  readonly trustedProxies: string | undefined
  /** GENJIN_OIDC_CORP, _ISSUER, _CLIENT_ID, _CLIENT_SECRET, _CLAIM: sign-in by OpenID Connect. */
  readonly oidc: Readonly<
    Record<'corp' | 'issuer' | 'clientId' | 'clientSecret' | 'claim', string | undefined>
  >
  /** GENJIN_WECOM_CORP, _CORPID, _AGENTID, _SECRET, _BASE: sign-in by WeCom 企业微信. */
  readonly wecom: Readonly<Record<'corp' | 'corpid' | 'agentId' | 'secret' | 'base', string | undefined>>
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
    url: env.GENJIN_URL || undefined,
    trustedProxies: env.GENJIN_TRUSTED_PROXIES || undefined,
    oidc: {
      corp: env.GENJIN_OIDC_CORP || undefined,
      issuer: env.GENJIN_OIDC_ISSUER || undefined,
      clientId: env.GENJIN_OIDC_CLIENT_ID || undefined,
      clientSecret: env.GENJIN_OIDC_CLIENT_SECRET || undefined,
      claim: env.GENJIN_OIDC_CLAIM || undefined,
    },
    wecom: {
      corp: env.GENJIN_WECOM_CORP || undefined,
      corpid: env.GENJIN_WECOM_CORPID || undefined,
      agentId: env.GENJIN_WECOM_AGENTID || undefined,
      secret: env.GENJIN_WECOM_SECRET || undefined,
      base: env.GENJIN_WECOM_BASE || undefined,
    },
    logLevel: env.GENJIN_LOG || undefined,
  }
}
