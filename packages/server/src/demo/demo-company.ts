import { StoreError } from '../errors.ts'
import {
  addCorp,
  type Credentials,
  demoCredentials,
  insertCredentials,
  isTaken,
} from '../service/admin/corps-and-apps.ts'
import { importBundle } from '../service/bundle/import.ts'
import type { Context } from '../service/context.ts'
import { findApp } from '../store/app.ts'
import { type Corp, findCorp } from '../store/corp.ts'
import { countStaff } from '../store/directory.ts'
import type { ReadTx } from '../store/port.ts'
import { demoLines } from './generate.ts'

export const DEMO_CORP = 'demo'

/** The demo company: made when it is not there, left as it is when it is. Answers the credentials of its app. */
export async function ensureDemo(context: Context): Promise<Credentials> {
  const { store } = context
  const corp = (await findDemo(context)) ?? (await addDemo(context))
  const credentials = demoCredentials(context, corp)
  const [app, complete] = await store.read(corp.key, async (tx) => [
    await findApp(tx, credentials.appid),
    await isComplete(tx),
  ])
  if (!complete) await importDemo(context, corp)
  if (!app) await unlessTaken(insertCredentials(context, corp, credentials))
  return credentials
}

function findDemo({ store }: Context): Promise<Corp | undefined> {
  return store.readShared((tx) => findCorp(tx, DEMO_CORP))
}

/** Adds the company, unless another server that starts at the same moment was faster. */
async function addDemo(context: Context): Promise<Corp> {
  await unlessTaken(addCorp(context, { id: DEMO_CORP, name: '演示企业', timeZone: 'Asia/Shanghai' }))
  return (await findDemo(context)) as Corp
}

/** All data is imported in one transaction, so if there are staff, there is everything. */
async function isComplete(tx: ReadTx): Promise<boolean> {
  return (await countStaff(tx)) > 0
}

/**
 * Imports the data, unless another server that starts at the same moment does. That takes 1 to 2 s, on a busy machine more
 * than the 5 s after which waiting for its lock fails.
 */
async function importDemo(context: Context, corp: Corp): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await importBundle(context, corp.key, demoChunks(), {
        whole: true,
        skipIf: isComplete,
        onBadLine: ({ line, reason }) => {
          throw new Error(`demo data, line ${line}: ${reason}`)
        },
      })
      return
    } catch (error) {
      const busy = error instanceof StoreError && error.kind === 'busy'
      if (!busy || attempt === MAX_ATTEMPTS) throw error
    }
  }
}

/** A minute in all. */
const MAX_ATTEMPTS = 12

async function unlessTaken(adding: Promise<unknown>): Promise<void> {
  await adding.catch((error) => {
    if (!isTaken(error)) throw error
  })
}

async function* demoChunks(): AsyncGenerator<Buffer> {
  for (const line of demoLines()) yield Buffer.from(`${line}\n`)
}
