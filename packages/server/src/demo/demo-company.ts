import {
  addCorpInTx,
  type Credentials,
  demoCredentials,
  insertCredentials,
} from '../service/admin/corps-and-apps.ts'
import type { DemoSettings } from '../service/auth/settings.ts'
import { importBundle } from '../service/bundle/import.ts'
import type { Context } from '../service/context.ts'
import { findApp } from '../store/app.ts'
import { type Corp, findCorp } from '../store/corp.ts'
import { staffById, staffOfDepartments } from '../store/directory.ts'
import type { ReadTx, SharedWriteTx, WriteTx } from '../store/port.ts'
import { rowCount } from '../store/row-count.ts'
import { demoLines } from './generate.ts'

const DEMO = { id: 'demo', name: '演示企业', timeZone: 'Asia/Shanghai' }

/** The demo company's app, and who stands for each role there. */
export interface Demo {
  readonly credentials: Credentials
  /** Undefined where a company that is not the demo has its ID: nobody is let into that. */
  readonly signIn: DemoSettings | undefined
}

/**
 * Makes the demo company unless it exists. Of servers that start at the same time on one database, one makes it and the others
 * wait for it, without the time limit of other writes.
 */
export async function ensureDemo(context: Context): Promise<Demo> {
  const { store } = context
  const corp = await store.readShared((tx) => findCorp(tx, DEMO.id))
  if (corp) {
    const credentials = demoCredentials(context, corp)
    const missing = await store.read(corp.key, (tx) => missingOf(tx, credentials))
    if (!missing.data && !missing.app) return { credentials, signIn: await signInOf(context, corp) }
  }
  const made = await store.transactExclusive((tx) => makeDemo(context, tx))
  return {
    credentials: made.credentials,
    signIn: made.isOwn ? await signInOf(context, made.corp) : undefined,
  }
}

/** All of it in one transaction. Looks again first: another server may have made it in the meantime. */
async function makeDemo(context: Context, tx: SharedWriteTx) {
  const corp = (await findCorp(tx, DEMO.id)) ?? (await addCorpInTx(context, tx, DEMO))
  const credentials = demoCredentials(context, corp)
  const company = await tx.corp(corp.key)
  const missing = await missingOf(company, credentials)
  if (missing.data) await importDemo(context, corp, company)
  if (missing.app) await insertCredentials(context, company, credentials)
  return { corp, credentials, isOwn: missing.data || !missing.app }
}

async function missingOf(tx: ReadTx, { appid }: Credentials): Promise<{ data: boolean; app: boolean }> {
  // Data is written as a whole: with staff, the rest is there too.
  return { data: (await rowCount(tx, 'staff')) === 0, app: !(await findApp(tx, appid)) }
}

/** The region whose manager one can be, and the management. */
const DEPARTMENTS = { manager: 101n, admin: 1n }
const SELLER = 'user123'

/** Undefined when the staff of the demo are not there any more. */
async function signInOf({ store }: Context, corp: Corp): Promise<DemoSettings | undefined> {
  return store.read(corp.key, async (tx) => {
    const activeIn = async (department: bigint) => {
      const members = await staffById(tx, await staffOfDepartments(tx, [department], false))
      return members.find(({ status, userId }) => status === 1 && userId !== SELLER)?.userId
    }
    const [manager, admin] = [await activeIn(DEPARTMENTS.manager), await activeIn(DEPARTMENTS.admin)]
    const [seller] = await staffById(tx, [SELLER])
    if (!seller || manager === undefined || admin === undefined || manager === admin) return undefined
    return {
      corp: corp.key,
      people: {
        staff: { userId: SELLER, departmentIds: [] },
        manager: { userId: manager, departmentIds: [DEPARTMENTS.manager] },
        admin: { userId: admin, departmentIds: [] },
      },
    }
  })
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
