/**
 * The program that is run with the published SDK under Node, Deno, Bun and in a browser: it reads all follow-ups, writes one
 * and reads it back. Plain JavaScript, because the browser runs it as it is.
 *
 * @param {typeof import('genjin-client')} sdk
 * @param {{ baseUrl: string, appid: string, appSecret: string, record: string }} access
 */
export async function sdkProgram(sdk, access) {
  const client = new sdk.GenjinClient(access)
  const before = []
  for await (const follow of client.follow.list({ page_size: 100 }, { concurrency: 4 })) {
    before.push(follow.id)
  }
  const created = await client.follow.create({
    type: 1,
    id: 'wm1',
    user_id: 'zhang',
    contact_type: '电话联系',
    follow_content: '由 SDK 写入',
  })
  const { record } = await client.follow.get({ follow_id: created })
  const checksum = await sdk.lineChecksum(sdk.recordLine(sdk.parseExact(access.record)))
  return { before, created, read: record.id, content: record.content, checksum: checksum.toString(16) }
}
