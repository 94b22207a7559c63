import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './run.ts'

/** An installed `genjin` with the Node that runs it and the database it uses. */
export interface Genjin {
  readonly node: string
  /** The folder it was installed into. */
  readonly folder: string
  /** Path of a SQLite file. */
  readonly database: string
}

export const binOf = (folder: string) => join(folder, 'node_modules/.bin/genjin')

/** The file as the value of `--database`. */
export const addressOf = (database: string) => `sqlite:${database}`

export function genjin({ node, folder, database }: Genjin, args: readonly string[]): Promise<string> {
  return run(node, [binOf(folder), ...args, '--database', addressOf(database)], { cwd: folder })
}

/** Above 2^53: a double would make it …096. */
export const LARGE_ID = '1538877699425540097'

/** Follow-ups in the bundle: three pages, the last one not full. */
export const FOLLOWS = 250

/** Creates a corp with an app and a small bundle. Returns the app's credentials. */
export async function makeCorp(command: Genjin): Promise<{ appid: string; appSecret: string }> {
  await genjin(command, ['corp', 'add', 'acme'])
  const { appid, app_secret } = JSON.parse(await genjin(command, ['app', 'add', '--corp', 'acme', '--json']))
  const file = `${command.database}.ndjson`
  writeFileSync(file, bundle())
  await genjin(command, ['import', file, '--corp', 'acme'])
  return { appid, appSecret: app_secret }
}

function bundle(): string {
  const follow = (id: string | number) =>
    `{"kind":"follow","id":${id},"follow_user_id":"zhang","content":"已报价","business_type":1,"business_id":"wm1",` +
    `"follow_type":1,"follow_type_desc":"电话跟进","follow_time":1736913600000}`
  const lines = [
    '{"kind":"department","id":1,"name":"销售部"}',
    '{"kind":"staff","user_id":"zhang","name":"张伟","department_ids":[1]}',
    '{"kind":"target","type":1,"id":"wm1","name":"李总","owner_user_id":"zhang"}',
    follow(LARGE_ID),
    ...Array.from({ length: FOLLOWS - 1 }, (_, index) => follow(index + 1)),
  ]
  return `${lines.join('\n')}\n`
}
