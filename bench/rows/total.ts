import { Client, postBytes } from '../client.ts'
import { totalIn } from '../pages.ts'
import type { Served } from './setting.ts'

/** After all writes: what was there, and every create that was answered, is in the total. */
export async function checkTotal({ server, pages }: Served, created: number): Promise<void> {
  using client = await Client.open(server.url)
  const answer = await client.ask(postBytes(pages.pathOf('list'), '{"current_index":1,"page_size":1}'))
  const expected = pages.reference.total + created
  if (totalIn(answer) !== expected) {
    throw new Error(`the total is ${totalIn(answer)} after ${created} creates, not ${expected}`)
  }
}
