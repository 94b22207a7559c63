/** What is checked of the server's certificate: nothing, who has signed it, or also whether it is this host's. */
type Verified = 'nothing' | 'signer' | 'host'

/** Encryption of the connection; the files are paths. */
interface Tls {
  readonly verified: Verified
  readonly rootCert: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
}

/** `postgres://user:password@host:port/database?…`, taken apart. What is not given is undefined: the driver has defaults. */
export interface PostgresAddress {
  readonly host: string | undefined
  readonly port: number | undefined
  readonly user: string | undefined
  readonly password: string | undefined
  readonly database: string | undefined
  readonly tls: Tls | undefined
  /** Other parameters that the driver understands. */
  readonly settings: Readonly<Record<string, string>>
}

/** Why an address cannot be used, in Chinese and English. No message holds a piece of the address: it can be the password. */
export class PostgresAddressError extends Error {
  override name = 'PostgresAddressError'
}

/** Whether a text is meant as the address of a PostgreSQL database. */
export function isPostgresAddress(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text)
}

/**
 * Takes an address apart. Special characters that are not escaped are refused: behind a `#`, `/` or `?` in a password, the rest of
 * it would be read as the name of a database or as a parameter, and would show up in messages and in the name of the key file.
 *
 * @param defaultMode the `sslmode` of an address without one (PGSSLMODE)
 */
export function parsePostgresAddress(text: string, defaultMode?: string): PostgresAddress {
  // An `@` behind the host is the end of a password that is not escaped.
  const isEscaped = URL.canParse(text) && !text.includes('#') && !/%(?![\da-f]{2})/i.test(text)
  const url = isEscaped ? new URL(text) : undefined
  if (!url || `${url.pathname}${url.search}`.includes('@')) throw notEscaped()
  const { host, port, user, password, dbname, ...others } = parametersOf(url)
  const { sslmode, ssl, sslrootcert, sslcert, sslkey, ...more } = others
  const settings = settingsOf(more)
  const tls = tlsOf({ sslmode: sslmode ?? modeOf(ssl), sslrootcert, sslcert, sslkey }, defaultMode)
  if (settings.sslnegotiation === 'direct' && !tls) throw needsTls()
  const place = host || decoded(url.hostname).replace(/^\[(.+)\]$/, '$1') || undefined
  return {
    host: place,
    port: portOf(port || url.port),
    user: user || decoded(url.username) || undefined,
    password: password || decoded(url.password) || undefined,
    database: dbname || decoded(url.pathname.slice(1)) || undefined,
    // A socket of this machine (a folder as host) is never encrypted, whatever sslmode says.
    tls: place?.startsWith('/') ? undefined : tls,
    settings,
  }
}

/** A `+` is one: only forms on the web mean a space by it. */
function parametersOf({ search }: URL): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search.replaceAll('+', '%2B')))
}

/** Parameters that the driver understands. */
const SETTINGS = ['options', 'sslnegotiation']
/** Parameters that other programs add, and that change nothing here. */
const WITHOUT_EFFECT = [
  ...[
    'application_name',
    'fallback_application_name',
    'client_encoding',
    'connect_timeout',
    'channel_binding',
  ],
  ...['keepalives', 'keepalives_idle', 'keepalives_interval', 'keepalives_count', 'tcp_user_timeout'],
  ...['gssencmode', 'target_session_attrs', 'uselibpqcompat'],
]

/** Refuses other parameters, as PostgreSQL's own programs do: with a mistyped `sslmode` nothing would be encrypted. */
function settingsOf(parameters: Readonly<Record<string, string>>): Record<string, string> {
  const names = Object.keys(parameters)
  if (names.some((name) => !SETTINGS.includes(name) && !WITHOUT_EFFECT.includes(name)))
    throw unknownParameter()
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => SETTINGS.includes(name)))
}

/** Where the database is, without user and password, for messages: `127.0.0.1:5432/genjin`. */
export function postgresPlace({ host = 'localhost', port = 5432, database = '' }: PostgresAddress): string {
  return `${host}:${port}/${database}`
}

/**
 * The address as options of the driver `pg`.
 *
 * @param read returns the text of a certificate or key
 */
export function postgresOptions(address: PostgresAddress, read: (path: string) => string) {
  const { tls, settings, ...place } = address
  const file = (path: string | undefined) => (path === undefined ? undefined : read(path))
  return {
    ...place,
    ...settings,
    // Never undefined: the driver would read PGSSLMODE, and understands it differently.
    ssl: tls
      ? {
          rejectUnauthorized: tls.verified !== 'nothing',
          ...(tls.verified === 'signer' && { checkServerIdentity: () => undefined }),
          ...(tls.rootCert !== undefined && { ca: file(tls.rootCert) }),
          ...(tls.cert !== undefined && { cert: file(tls.cert) }),
          ...(tls.key !== undefined && { key: file(tls.key) }),
        }
      : false,
  }
}

interface SslParameters {
  readonly sslmode: string | undefined
  readonly sslrootcert: string | undefined
  readonly sslcert: string | undefined
  readonly sslkey: string | undefined
}

/**
 * `sslmode` as PostgreSQL's own clients understand it: `require` encrypts and verifies the signer only if `sslrootcert` is given,
 * `verify-ca` the signer, `verify-full` also the host. `prefer` and `allow` are refused: the driver cannot fall back from one kind
 * of connection to the other, and they protect from nobody.
 */
function tlsOf(
  { sslmode, sslrootcert, sslcert, sslkey }: SslParameters,
  defaultMode: string | undefined,
): Tls | undefined {
  const hasFile = (sslrootcert ?? sslcert ?? sslkey) !== undefined
  const mode = sslmode ?? (hasFile ? 'verify-full' : (defaultMode ?? 'disable'))
  if (mode === 'disable') return undefined
  const isSystem = sslrootcert === 'system'
  const rootCert = isSystem ? undefined : sslrootcert
  const tls = (verified: Verified): Tls => ({ verified, rootCert, cert: sslcert, key: sslkey })
  if (mode === 'verify-full') return tls('host')
  if (isSystem) throw new PostgresAddressError(SYSTEM_NEEDS_FULL)
  if (mode === 'no-verify') return tls('nothing')
  if (mode === 'require') return tls(rootCert === undefined ? 'nothing' : 'signer')
  if (mode === 'verify-ca' && rootCert !== undefined) return tls('signer')
  throw new PostgresAddressError(mode === 'verify-ca' ? CA_NEEDS_FILE : WRONG_MODE)
}

const WRONG_MODE =
  'sslmode 须为 disable（不加密）、require（加密，不验证证书）、verify-ca 或 verify-full（并验证证书）；不支持 prefer 与 allow，它们会改用不加密的连接 / sslmode must be disable, require (encrypts without verifying the certificate), verify-ca or verify-full (verify it); prefer and allow are not supported, they fall back to connections without encryption'
const CA_NEEDS_FILE =
  'sslmode=verify-ca 须用 sslrootcert=文件 给出 CA 证书；由公共 CA 签发的证书请用 verify-full / sslmode=verify-ca needs the CA certificate, sslrootcert=FILE; for certificates of public CAs use verify-full'
const SYSTEM_NEEDS_FULL =
  'sslrootcert=system 只能与 sslmode=verify-full 一起用 / sslrootcert=system goes with sslmode=verify-full only'

/** `ssl=true` of other drivers: encrypted and verified. */
function modeOf(ssl: string | undefined): string | undefined {
  if (ssl === undefined) return undefined
  if (ssl === 'true' || ssl === '1') return 'verify-full'
  return ssl === 'no-verify' ? ssl : 'disable'
}

function needsTls(): PostgresAddressError {
  return new PostgresAddressError(
    'sslnegotiation=direct 须与 sslmode=require、verify-ca 或 verify-full 一起用 / sslnegotiation=direct goes with sslmode=require, verify-ca or verify-full',
  )
}

function unknownParameter(): PostgresAddressError {
  const place = ['host', 'port', 'user', 'password', 'dbname']
  const known = [...place, 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', ...SETTINGS]
  return new PostgresAddressError(
    `有不认识的参数，可用的是 ${known.join('、')} / it has an unknown parameter, known are ${known.join(', ')}`,
  )
}

function portOf(text: string): number | undefined {
  if (text === '') return undefined
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw notEscaped()
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw notEscaped()
  }
}

function notEscaped(): PostgresAddressError {
  return new PostgresAddressError(
    '须写作 postgres://用户:密码@主机:端口/库名；用户、密码、库名中的 # / ? @ % 分别写作 %23 %2F %3F %40 %25 / write postgres://user:password@host:port/database, and # / ? @ % in user, password and database as %23 %2F %3F %40 %25',
  )
}
