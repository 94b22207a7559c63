import cluster from 'node:cluster'
import type { RunningServer, ServeOptions } from 'genjin-server/serve'
import { type Command, type CommandCall, EXIT, UsageError } from '../command.ts'
import { write } from '../io.ts'

const MOST_WORKERS = 64

export const serve: Command = {
  name: 'serve',
  args: [],
  zh: '启动服务',
  en: 'start the server',
  options: {
    demo: { type: 'boolean', zh: '首次启动时建立演示企业', en: 'make a demo company on first start' },
    host: { type: 'string', value: 'HOST', zh: '监听地址，默认 127.0.0.1', en: 'address, default 127.0.0.1' },
    port: { type: 'string', value: 'PORT', zh: '端口，默认 8787', en: 'port, default 8787' },
    'tls-cert': {
      type: 'string',
      value: 'FILE',
      zh: 'HTTPS 证书（PEM），更新后自动生效',
      en: 'HTTPS certificate (PEM); a renewed one is picked up',
    },
    'tls-key': { type: 'string', value: 'FILE', zh: 'HTTPS 私钥（PEM）', en: 'HTTPS private key (PEM)' },
    workers: {
      type: 'string',
      value: 'N',
      zh: `用几个进程共同服务，1 到 ${MOST_WORKERS}；结束的自动补上`,
      en: `processes that serve together, 1 to ${MOST_WORKERS}; each is replaced when it ends`,
    },
  },
  notes: {
    zh: '环境变量 GENJIN_KEY 代替数据库旁的密钥文件；GENJIN_LOG 设日志级别。收到 SIGTERM 后答完已开始的请求再退出。',
    en: 'GENJIN_KEY replaces the key file beside the database; GENJIN_LOG sets the log level. SIGTERM lets requests finish.',
  },
  async run(call) {
    const options = {
      config: call.config,
      host: (call.options.host as string | undefined) ?? '127.0.0.1',
      port: portOf(call),
      demo: call.options.demo === true,
      tls: tlsOf(call),
      environment: call.io.environment,
      logTarget: call.io.stderr,
    }
    const workers = workersOf(call)
    return workers === undefined ? serveAlone(call, options) : serveTogether(call, options, workers)
  },
}

async function serveAlone(call: CommandCall, options: ServeOptions): Promise<number> {
  const { startServer } = await import('genjin-server/serve')
  await using server = await startServer(options)
  await greet(call, server)
  await aborted(call.io.signal)
  return EXIT.done
}

/** The same command line starts the primary process and, by it, every worker. */
async function serveTogether(call: CommandCall, options: ServeOptions, count: number): Promise<number> {
  const together = { ...options, count, stop: aborted(call.io.signal) }
  if (cluster.isWorker) {
    const { runWorker } = await import('genjin-server/worker')
    return (await runWorker(together)) ? EXIT.done : EXIT.failed
  }
  const { superviseWorkers } = await import('genjin-server/supervisor')
  return (await superviseWorkers(together, (server) => greet(call, server))) ? EXIT.done : EXIT.failed
}

function portOf(call: CommandCall): number {
  const text = (call.options.port as string | undefined) ?? '8787'
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65535) {
    throw new UsageError(`--port 须为 0 到 65535 / --port must be 0 to 65535: ${text}`)
  }
  return port
}

function tlsOf(call: CommandCall) {
  const cert = call.options['tls-cert'] as string | undefined
  const key = call.options['tls-key'] as string | undefined
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError('--tls-cert 与 --tls-key 须同时给出 / --tls-cert and --tls-key go together')
  }
  return cert !== undefined && key !== undefined ? { cert, key } : undefined
}

function workersOf(call: CommandCall): number | undefined {
  const text = call.options.workers as string | undefined
  if (text === undefined) return undefined
  const count = Number(text)
  if (!/^\d+$/.test(text) || count < 1 || count > MOST_WORKERS) {
    throw new UsageError(
      `--workers 须为 1 到 ${MOST_WORKERS} / --workers must be 1 to ${MOST_WORKERS}: ${text}`,
    )
  }
  return count
}

/** What is told of a server that listens. */
type Listening = Pick<RunningServer, 'url' | 'demo'>

function greet(call: CommandCall, server: Listening): Promise<void> {
  return write(call.io.stdout, call.json ? jsonGreeting(server) : greeting(server))
}

function jsonGreeting(server: Listening): string {
  return `${JSON.stringify({ url: server.url, docs: `${server.url}/docs`, ...server.demo })}\n`
}

function greeting({ url, demo }: Listening): string {
  const head = `genjin 跟进 已启动 / is listening: ${url}\n接口文档 / API reference: ${url}/docs\n`
  if (!demo) return head
  const token = `curl -s '${url}/openapi/access_token?appid=${demo.appid}&app_secret=${demo.app_secret}'`
  const pick = `sed -n 's/.*"access_token":"\\([^"]*\\)".*/\\1/p'`
  return `${head}
演示企业 / demo company:
  appid       ${demo.appid}
  app_secret  ${demo.app_secret}

取凭证并查询跟进记录，粘贴即可 / takes a token and lists follow-ups, ready to paste:

curl -s -H 'Content-Type: application/json' -d '{"current_index":1,"page_size":2}' "${url}/openapi/crm/follow/list?access_token=$(${token} | ${pick})"

`
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
