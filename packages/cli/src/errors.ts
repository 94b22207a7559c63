import type { Text } from './command.ts'

/** Errors whose messages are for users. By name: importing the classes would load the server and the client. */
const FOR_USERS: readonly string[] = [
  ...['CliError', 'SyncError', 'ServiceError', 'StoreError'],
  ...['GenjinError', 'ApiError', 'AnswerError', 'NetworkError', 'TimeoutError'],
]

/** What an error of a library is kept in, and what could not be reached. */
const UNREACHED: Readonly<Record<string, Text>> = {
  NetworkError: { zh: '无法连接服务器', en: 'cannot reach the server' },
  StoreError: { zh: '数据库无法使用', en: 'the database cannot be used' },
  SyncError: { zh: '目标无法使用', en: 'the target cannot be used' },
}

/** The text of an error for people: one sentence that names the way out; with a stack where this program is mistaken. */
export function messageOf(error: Error): string {
  const { name, message, stack } = error
  const { code, kind } = error as { code?: string; kind?: string }
  if (name === 'StoreError' && kind === 'busy') {
    return '数据库正被另一个进程占用，请稍后重试 / the database is held by another process, try again'
  }
  // Which of several servers, where the message begins with its option.
  const [option = ''] = /^--\w+ \S+: /.exec(message) ?? []
  const unreached = name in UNREACHED ? UNREACHED[option === '' ? name : 'NetworkError'] : undefined
  const reason = unreached && reasonOf(error, unreached === UNREACHED.NetworkError)
  if (reason) return `${option}${unreached.zh}：${reason.zh} / ${unreached.en}: ${reason.en}`
  if (FOR_USERS.includes(name)) return message
  return code === undefined ? (stack ?? message) : message
}

/**
 * Why a server or a database was not reached, and the way out; undefined for anything else.
 *
 * @param isServer whether it is a server, which speaks HTTP
 */
export function reasonOf(error: unknown, isServer: boolean, depth = 0): Text | undefined {
  if (!(error instanceof Error) || depth > 5) return undefined
  const { code = '', message, name } = error as NodeJS.ErrnoException
  const reasons = isServer ? [...SERVER_REASONS, ...REASONS] : REASONS
  const own = reasons.find(([pattern]) => pattern.test(String(code)) || pattern.test(message))
  // The texts of this program's own errors repeat those of their causes.
  if (own && !(name in UNREACHED)) return own[1]
  const { errors = [] } = error as Partial<AggregateError>
  return reasonOf(error.cause ?? errors[0], isServer, depth + 1)
}

/** Of servers only; see REASONS. */
const SERVER_REASONS: readonly (readonly [RegExp, Text])[] = [
  [
    /^(EPROTO|ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG))$/,
    {
      zh: '这个端口不使用 HTTPS（TLS），地址请写 http://',
      en: 'the port does not speak HTTPS (TLS), write http://',
    },
  ],
  [
    /^(ECONNRESET|EPIPE)$|socket hang up|other side closed|closed without a response/,
    {
      zh: '对方关闭了连接，请核对端口；使用 HTTPS 的端口，地址须写 https://',
      en: 'it closed the connection, check the port; where it speaks HTTPS, write https://',
    },
  ],
  [
    /^bad port$/,
    {
      zh: '这个端口保留给别的协议，请核对端口',
      en: 'the port is reserved for another protocol, check it',
    },
  ],
]

/** By the code of Node, OpenSSL or PostgreSQL, or by the text of an error that has none. */
const REASONS: readonly (readonly [RegExp, Text])[] = [
  [
    /^ECONNREFUSED$/,
    {
      zh: '连接被拒绝，请核对主机与端口，并确认它正在运行',
      en: 'connection refused, check host and port, and that it is running',
    },
  ],
  [
    /^(ENOTFOUND|EAI_AGAIN)$/,
    { zh: '找不到这个主机，请核对主机名与网络', en: 'unknown host, check its name and the network' },
  ],
  [
    /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT)$|timeout (exceeded|expired)/,
    {
      zh: '无法到达，请核对主机、端口与防火墙',
      en: 'it cannot be reached, check host, port and firewalls',
    },
  ],
  [
    /CERT|ISSUER|SIGNATURE/,
    {
      zh: '无法验证对方的证书，请核对主机名；自己签发的，服务器用环境变量 NODE_EXTRA_CA_CERTS、数据库用地址参数 sslrootcert 给出 CA 证书',
      en: 'its certificate cannot be verified, check the host; give the CA certificate of your own with the environment variable NODE_EXTRA_CA_CERTS for a server, with the parameter sslrootcert for a database',
    },
  ],
  [
    /^(ECONNRESET|EPIPE|EPROTO)$|Connection terminated/,
    {
      zh: '对方中断了连接，请核对主机与端口，并确认它是正在运行的 PostgreSQL',
      en: 'it closed the connection, check host and port, and that it is a PostgreSQL that is running',
    },
  ],
  [
    /does not support SSL/,
    {
      zh: '数据库没有启用加密连接，请启用，或在地址中写 sslmode=disable',
      en: 'the database does not take encrypted connections, enable them, or write sslmode=disable into the address',
    },
  ],
  [
    /unable to open database file/,
    {
      zh: '无法打开数据库文件，请核对路径与权限',
      en: 'the database file cannot be opened, check path and permissions',
    },
  ],
  [
    /^28/,
    {
      zh: '数据库拒绝登录，请核对地址中的用户与密码，以及数据库是否要求加密（sslmode=require）',
      en: 'the database refuses the login, check user and password of the address, and whether it wants encryption (sslmode=require)',
    },
  ],
  [
    /^3D000$/,
    {
      zh: '没有这个数据库，请核对地址中的库名，或先新建它',
      en: 'there is no such database, check the name in the address, or create it first',
    },
  ],
]
