import { randomBytes } from 'node:crypto'
import { after } from 'node:test'
import {
  addApp,
  addCorp,
  type BadLine,
  type Config,
  type Core,
  type Env,
  type ImportReport,
  importBundle,
  openCore,
  readConfig,
  requireCorp,
} from 'genjin-server'
import { type RunningServer, type ServeOptions, startServer } from 'genjin-server/serve'
import { TestClient } from './client.ts'
import { KEY, type TempDatabase, tempDatabase } from './database.ts'
import { recordedLog } from './recording.ts'

/** A server in this process, on a free port, with its own database and a clock that tests set. */
export interface TestServer extends AsyncDisposable {
  readonly url: string
  readonly temp: TempDatabase
  /** The same database, opened a second time, as the command line would. */
  readonly core: Core
  readonly server: RunningServer
  /** What the server takes for the present, in ms since 1970. */
  readonly clock: { ms: number }
  /** Adds a corp with data (bundle lines as objects or text). Returns a client of it. */
  company(id: string, lines?: readonly unknown[], timeZone?: string): Promise<TestClient>
  /** Imports more lines into a corp. */
  load(id: string, lines: readonly unknown[]): Promise<ImportReport & { badLines: BadLine[] }>
}

export interface TestServerOptions {
  readonly demo?: boolean
  readonly serve?: Partial<ServeOptions>
  /** Further settings of the environment. */
  readonly env?: Partial<Env>
}

export const ENVIRONMENT = { now: Date.now, random: randomBytes }

/** Serves in this process, on a free port, what a database holds. */
export function serve(config: Config, options: Partial<ServeOptions> = {}): Promise<RunningServer> {
  const defaults = { host: '127.0.0.1', port: 0, demo: false, environment: ENVIRONMENT }
  return startServer({ config, ...defaults, logTarget: recordedLog, ...options })
}

/** A server for all tests of a file. */
export async function sharedServer(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await startTestServer(options)
  after(() => server[Symbol.asyncDispose]())
  return server
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const stack = new AsyncDisposableStack()
  const temp = stack.use(await tempDatabase())
  const config = readConfig({
    database: temp.database,
    key: KEY,
    logLevel: process.env.GENJIN_TEST_FOLDER ? 'trace' : 'error',
    ...options.env,
  })
  // 2025-06-15 10:00 in Shanghai: tests do not depend on the day on which they run.
  const clock = { ms: Date.UTC(2025, 5, 15, 2) }
  const environment = { ...ENVIRONMENT, now: () => clock.ms }
  const { demo = false, serve: others } = options
  const server = stack.use(await serve(config, { demo, environment, ...others }))
  const core = stack.use(await openCore(config, environment))

  async function load(id: string, lines: readonly unknown[]) {
    const corp = await requireCorp(core.context, id)
    const badLines: BadLine[] = []
    const report = await importBundle(core.context, corp.key, chunksOf(lines), {
      onBadLine: (bad) => badLines.push(bad),
    })
    return { ...report, badLines }
  }

  return {
    url: server.url,
    temp,
    core,
    server,
    clock,
    load,
    async company(id, lines = [], timeZone = 'Asia/Shanghai') {
      const corp = await addCorp(core.context, { id, name: id, timeZone })
      const report = await load(id, lines)
      if (report.bad > 0) throw new Error(`bad lines: ${JSON.stringify(report.badLines)}`)
      return new TestClient(server.url, await addApp(core.context, corp))
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

async function* chunksOf(lines: readonly unknown[]): AsyncGenerator<Buffer> {
  for (const line of lines) {
    yield Buffer.from(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`)
  }
}

/** A follow line of a bundle: all required fields, then the given ones. */
export function follow(fields: Record<string, unknown>): Record<string, unknown> {
  return {
    kind: 'follow',
    follow_user_id: 'zhang',
    content: '内容',
    business_type: 1,
    business_id: 'c1',
    follow_type: 1,
    follow_type_desc: '电话跟进',
    follow_time: Date.UTC(2025, 0, 15, 4),
    ...fields,
  }
}
