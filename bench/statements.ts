import { randomBytes } from 'node:crypto'
import { type FollowListBody, OPERATIONS } from 'genjin-contract'
import { openCore, readConfig, readEnv, requireCorp } from 'genjin-server'
import { parseJson } from '../packages/server/src/json.ts'
import { followList } from '../packages/server/src/service/follow-list.ts'
import { readerOf } from '../packages/server/src/service/read-value.ts'
import type { Row, Store } from '../packages/server/src/store/port.ts'
import { type BenchData, CORP } from './data.ts'
import type { BenchDatabase } from './database.ts'
import type { PageCase } from './pages.ts'

/** The query that finds the rows of a page, and the rows. */
export interface PageStatement {
  readonly filter: string
  readonly text: string
  readonly values: readonly unknown[]
  readonly rows: readonly Row[]
}

export interface PageStatements {
  /** The company's key, which row-level security goes by. */
  readonly corp: number
  readonly statements: readonly PageStatement[]
}

/** Has genjin's own service answer each page and notes the page's query. Throws unless the answer is the recorded one. */
export async function recordStatements(
  database: BenchDatabase,
  { appid }: BenchData,
  pages: readonly PageCase[],
): Promise<PageStatements> {
  const world = { now: Date.now, random: randomBytes }
  await using core = await openCore(readConfig(readEnv(database.env)), world)
  const { key: corp, timeZone } = await requireCorp(core.parts, CORP)
  const statements: PageStatement[] = []
  for (const { name, body, answer } of pages) {
    const ran: Omit<PageStatement, 'filter'>[] = []
    const parts = { ...core.parts, store: noting(core.parts.store, (statement) => ran.push(statement)) }
    const { json } = await followList(parts, { corp, appid, timeZone }, readBody(body))
    if (!answer.includes(json)) throw new Error(`${name}: the service does not answer what the server did`)
    const page = ran.find(({ text }) => text.startsWith(PAGE))
    if (!page) throw new Error(`${name}: no query of a page among ${ran.map(({ text }) => text)}`)
    statements.push({ filter: name, ...page })
  }
  return { corp, statements }
}

/** How the query begins that answers the records' texts. */
const PAGE = 'SELECT f.head, m.name, f.tail '

const read = readerOf(OPERATIONS.followList.body, { emptyIsAbsent: true })

function readBody(body: string): FollowListBody {
  return read(parseJson(Buffer.from(body))) as FollowListBody
}

/** The store, telling what its reads of rows ran and got. */
function noting(store: Store, note: (statement: Omit<PageStatement, 'filter'>) => void): Store {
  return {
    ...store,
    read: (corp, fn) =>
      store.read(corp, (tx) =>
        fn({
          ...tx,
          all: async (statement) => {
            const rows = await tx.all(statement)
            note({ text: statement[tx.dialect.placeholders], values: statement.values, rows })
            return rows
          },
        }),
      ),
  }
}
