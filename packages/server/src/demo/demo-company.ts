import {
  addCorpInTx,
  type Credentials,
  demoCredentials,
  insertCredentials,
} from '../service/admin/corps-and-apps.ts'
import { importBundle } from '../service/bundle/import.ts'
import type { Context } from '../service/context.ts'
import { findApp } from '../store/app.ts'
import { type Corp, findCorp } from '../store/corp.ts'
import type { ReadTx, SharedWriteTx, WriteTx } from '../store/port.ts'
import { rowCount } from '../store/row-count.ts'
import { demoLines } from './generate.ts'

const DEMO = { id: 'demo', name: '演示企业', timeZone: 'Asia/Shanghai' }

/**
 * Makes the demo company unless it exists, and returns the credentials of its app. Of servers that start at the same time
 * on one database, one makes it and the others wait for it, without the time limit of other writes.
 */
export async function ensureDemo(context: Context): Promise<Credentials> {
  const { store } = context
  const corp = await store.readShared((tx) => findCorp(tx, DEMO.id))
  if (corp) {
    const credentials = demoCredentials(context, corp)
    const missing = await store.read(corp.key, (tx) => missingOf(tx, credentials))
    if (!missing.data && !missing.app) return credentials
  }
  return store.transactExclusive((tx) => makeDemo(context, tx))
}

/** All of it in one transaction. Looks again first: another server may have made it in the meantime. */
async function makeDemo(context: Context, tx: SharedWriteTx): Promise<Credentials> {
  const corp = (await findCorp(tx, DEMO.id)) ?? (await addCorpInTx(context, tx, DEMO))
  const credentials = demoCredentials(context, corp)
  const company = await tx.corp(corp.key)
  const missing = await missingOf(company, credentials)
  if (missing.data) await importDemo(context, corp, company)
  if (missing.app) await insertCredentials(context, company, credentials)
  return credentials
}

async function missingOf(tx: ReadTx, { appid }: Credentials): Promise<{ data: boolean; app: boolean }> {
  // Data is written as a whole: with staff, the rest is there too.
  return { data: (await rowCount(tx, 'staff')) === 0, app: !(await findApp(tx, appid)) }
}

async function importDemo({ now }: Context, corp: Corp, tx: WriteTx): Promise<void> {
  await importBundle(
    { store: { transact: (_corp, fn) => fn(tx), othersWrote: async () => true }, now },
    corp.key,
    demoChunks(),
    {
      whole: true,
      onBadLine: ({ line, reason }) => {
        throw new Error(`demo data, line ${line}: ${reason}`)
      },
    },
  )
}

async function* demoChunks(): AsyncGenerator<Buffer> {
  for (const line of demoLines()) yield Buffer.from(`${line}\n`)
}
