import cluster from 'node:cluster'
import { once } from 'node:events'
import type { RunningServer, ServeOptions } from 'genjin-server/serve'
import {
  CliError,
  type Command,
  type CommandCall,
  EXIT,
  flag,
  given,
  integerOption,
  option,
  usageError,
} from '../command.ts'
import { loadServer } from '../database.ts'
import { write } from '../io.ts'

const MOST_WORKERS = 64

export const serve: Command = {
  options: {
    demo: flag('首次启动时建立演示企业', 'create a demo company on first start'),
    host: option('HOST', '监听地址，默认 127.0.0.1', 'address, default 127.0.0.1'),
    port: option('PORT', '端口，默认 8787', 'port, default 8787'),
    'tls-cert': option(
      'FILE',
      'HTTPS 证书（PEM），更新后自动生效',
      'HTTPS certificate (PEM); a renewed one is picked up',
    ),
    'tls-key': option('FILE', 'HTTPS 私钥（PEM）', 'HTTPS private key (PEM)'),
    workers: option(
      'N',
      `用几个进程共同服务，1 到 ${MOST_WORKERS}；结束的自动补上`,
      `processes that serve together, 1 to ${MOST_WORKERS}; each is replaced when it ends`,
    ),
  },
  notes: {
    zh: '环境变量 GENJIN_KEY 代替数据库旁的密钥文件；GENJIN_LOG 设日志级别。收到 SIGTERM 后先完成已开始的请求再退出。',
    en: 'GENJIN_KEY replaces the key file beside the database; GENJIN_LOG sets the log level. SIGTERM lets requests finish.',
  },
  interrupted: { zh: '服务已停止', en: 'the server has stopped' },
  async run(call) {
    const [port = 8787, workers] = [
      integerOption(call, 'port', 0, 65535),
      integerOption(call, 'workers', 1, MOST_WORKERS),
    ]
    const host = given(call, 'host') ?? '127.0.0.1'
    const { readConfig, readEnv } = await loadServer()
    const options = {
      config: readConfig(readEnv(call.io.env), { database: given(call, 'database') }),
      host,
      port,
      demo: call.options.demo === true,
      tls: tlsOf(call),
      environment: call.io.environment,
      logTarget: call.io.stderr,
    }
    try {
      return await (workers === undefined ? serveAlone(call, options) : serveTogether(call, options, workers))
    } catch (error) {
      throw listenError(error, host, port) ?? error
    }
  },
}

/** What keeps a server from listening, by the error's code. */
function listenError(error: unknown, host: string, port: number): CliError | undefined {
  const { code = '', syscall } = error as NodeJS.ErrnoException
  if (syscall !== 'listen' && syscall !== 'bind' && syscall !== 'getaddrinfo') return undefined
  const noHost = `这台机器没有地址 ${host}，请换一个 --host：127.0.0.1 只供本机，0.0.0.0 供所有网络 / this machine has no address ${host}, choose another --host: 127.0.0.1 for this machine only, 0.0.0.0 for all networks`
  const messages: Readonly<Record<string, string>> = {
    EADDRINUSE: `端口 ${port} 已被占用，请换一个 --port / port ${port} is taken, choose another --port`,
    EACCES: `没有权限监听端口 ${port}，请换一个 1024 以上的 --port，或放在反向代理之后 / no permission to listen on port ${port}, choose a --port above 1023, or serve behind a reverse proxy`,
    EADDRNOTAVAIL: noHost,
    ENOTFOUND: noHost,
    EAI_AGAIN: noHost,
  }
  const message = messages[code]
  return message === undefined ? undefined : new CliError(EXIT.failed, message, error)
}

async function serveAlone(call: CommandCall, options: ServeOptions): Promise<number> {
  const { startServer } = await import('genjin-server/serve')
  await using server = await startServer(options)
  await greet(call, server)
  const isLost = server.lost.then(() => true)
  return (await Promise.race([isLost, aborted(call.io.signal)])) ? EXIT.failed : EXIT.done
}

/** The same command line runs in the primary process, and in every worker that it starts. */
async function serveTogether(call: CommandCall, options: ServeOptions, count: number): Promise<number> {
  const together = { ...options, count, stop: aborted(call.io.signal) }
  if (cluster.isWorker) {
    const { runWorker } = await import('genjin-server/worker')
    return (await runWorker(together)) ? EXIT.done : EXIT.failed
  }
  const { superviseWorkers } = await import('genjin-server/supervisor')
  return (await superviseWorkers(together, (server) => greet(call, server))) ? EXIT.done : EXIT.failed
}

function tlsOf(call: CommandCall) {
  const [cert, key] = [given(call, 'tls-cert'), given(call, 'tls-key')]
  if (cert !== undefined && key !== undefined) return { cert, key }
  if (cert === key) return undefined
  throw usageError('--tls-cert 与 --tls-key 须同时给出 / --tls-cert and --tls-key go together')
}

/** What the greeting needs of a server that listens. */
type Listening = Pick<RunningServer, 'url' | 'demo'>

function greet({ io, json }: CommandCall, server: Listening): Promise<void> {
  const { url, demo } = server
  return write(
    io.stdout,
    json ? `${JSON.stringify({ url, docs: `${url}/docs`, ...demo })}\n` : greeting(server),
  )
}

/** What `genjin serve` prints; the README shows it. */
export function greeting({ url, demo }: Listening): string {
  const head = `genjin 跟进 已启动 / is listening: ${url}\n接口文档 / API reference: ${url}/docs\n`
  if (!demo) return head
  const token = `curl -s '${url}/openapi/access_token?appid=${demo.appid}&app_secret=${demo.app_secret}'`
  const pick = `sed -n 's/.*"access_token":"\\([^"]*\\)".*/\\1/p'`
  return `${head}
演示企业 / demo company:
  appid       ${demo.appid}
  app_secret  ${demo.app_secret}

获取凭证并查询跟进记录，可直接粘贴运行 / gets a token and lists follow-ups, ready to paste:

curl -s -H 'Content-Type: application/json' -d '{"current_index":1,"page_size":2}' "${url}/openapi/crm/follow/list?access_token=$(${token} | ${pick})"

`
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}
