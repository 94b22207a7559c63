import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { GenjinClient } from 'genjin-client'
import { genjin, startGenjin } from '../support/cli.ts'

export interface SyncCrashOptions {
  readonly url: string
  /** Of a company with a member of staff `zhang`. */
  readonly credentials: { readonly appid: string; readonly app_secret: string }
  /** File with the same, for the command. */
  readonly app: string
  /** `--to`. */
  readonly to: string
  readonly seconds: number
}

const WRITERS = 16
/** Of each writer, also on a machine so busy that the time is over before. */
const LEAST_WRITES = 12

/**
 * Sixteen writers create, change, delete and restore follow-ups while `genjin sync` runs, is killed at any moment and started
 * again. At the end it runs once to its end and has to be equal to the source.
 */
export async function syncUnderFire(options: SyncCrashOptions) {
  const { url, credentials, seconds } = options
  const { appid, app_secret: appSecret } = credentials
  const client = new GenjinClient({ baseUrl: url, appid, appSecret })
  const until = Date.now() + seconds * 1000
  const writers = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(client, writer, until)))
  let kills = 0
  while (Date.now() < until || kills < 3) {
    await using process = startGenjin(argsOf(options, '--every', '1'))
    await sleep(400 + Math.random() * 2000)
    process.kill('SIGKILL')
    const { signal, stderr } = await process.ended
    assert.equal(signal, 'SIGKILL', stderr)
    kills++
  }
  const counts = await writers
  const { code, stdout, stderr } = await genjin(argsOf(options, '--check', '--json'))
  assert.equal(code, 0, stdout + stderr)
  assert.equal(JSON.parse(stdout).equal, true)
  const again = await genjin(argsOf(options, '--json'))
  assert.deepEqual(JSON.parse(again.stdout), { changes: 0, anew: false })
  /** What is there at the end, as the server lists it: id → content. */
  const contents = new Map<string, string>()
  for await (const { id, content } of client.follow.list()) contents.set(id, content)
  return {
    writes: counts.reduce((sum, { writes }) => sum + writes, 0),
    deletions: counts.reduce((sum, { deletions }) => sum + deletions, 0),
    kills,
    contents,
  }
}

function argsOf({ url, app, to }: SyncCrashOptions, ...more: string[]): string[] {
  return ['sync', '--from', url, '--app', app, '--to', to, ...more]
}

async function write(client: GenjinClient, writer: number, until: number) {
  const there: string[] = []
  const gone: string[] = []
  let writes = 0
  let deletions = 0
  for (; Date.now() < until || writes < LEAST_WRITES; writes++) {
    const dice = Math.random()
    const key = { idempotencyKey: randomUUID() }
    const at = Math.floor(Math.random() * there.length)
    const id = there[at]
    if (id !== undefined && dice < 0.2) {
      await client.follow.update({ follow_id: id, user_id: 'zhang', follow_content: `改 ${writes}` }, key)
    } else if (id !== undefined && dice < 0.35) {
      await client.follow.delete({ follow_id: id, user_id: 'zhang', reason: '误录' }, key)
      there.splice(at, 1)
      gone.push(id)
      deletions++
    } else if (gone.length > 0 && dice < 0.4) {
      const back = gone.pop() as string
      await client.follow.restore({ follow_id: back, user_id: 'zhang' }, key)
      there.push(back)
    } else {
      const created = await client.follow.create(
        {
          type: 1,
          id: `c${writer}`,
          user_id: 'zhang',
          contact_type: '电话联系',
          follow_content: `第 ${writes} 次，由 ${writer} 写`,
          field_map: { amount: writes + 0.5, note: '=1+1' },
          follow_time: Date.UTC(2025, 0, 1) + Math.floor(Math.random() * 90) * 86_400_000,
        },
        key,
      )
      there.push(created)
    }
  }
  return { writes, deletions }
}
