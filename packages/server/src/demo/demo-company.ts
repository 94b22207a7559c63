import {
  addCorp,
  type Credentials,
  demoCredentials,
  insertCredentials,
  isTaken,
} from '../service/admin/corps-and-apps.ts'
import { importBundle } from '../service/bundle/import.ts'
import type { Context } from '../service/context.ts'
import { type Corp, findApp, findCorp } from '../store/corp.ts'
import { countStaff } from '../store/directory.ts'
import { demoLines } from './generate.ts'

export const DEMO_CORP = 'demo'

/** The demo company: made when it is not there, left as it is when it is. Answers the credentials of its app. */
export async function ensureDemo(context: Context): Promise<Credentials> {
  const { store } = context
  const corp = (await findDemo(context)) ?? (await addDemo(context))
  const credentials = demoCredentials(context, corp)
  const [app, staff] = await store.read(corp.key, async (tx) => [
    await findApp(tx, credentials.appid),
    await countStaff(tx),
  ])
  // All data comes in one transaction: staff are there, so the rest is.
  if (staff === 0) {
    await importBundle(context, corp.key, demoChunks(), {
      whole: true,
      onBadLine: ({ line, reason }) => {
        throw new Error(`demo data, line ${line}: ${reason}`)
      },
    })
  }
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

async function unlessTaken(adding: Promise<unknown>): Promise<void> {
  await adding.catch((error) => {
    if (!isTaken(error)) throw error
  })
}

async function* demoChunks(): AsyncGenerator<Buffer> {
  for (const line of demoLines()) yield Buffer.from(`${line}\n`)
}
