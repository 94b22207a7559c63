import assert from 'node:assert/strict'
import type { OperationName } from 'genjin-contract'
import { createPasskey } from '../support/authenticator.ts'
import { cookieOf, PersonClient, postAsPage } from '../support/people.ts'
import { startTestServer } from '../support/server.ts'

/** Responses of the operations whose examples need an authenticator, from the demo company: operation → text. */
export async function passkeyAnswers(): Promise<Map<OperationName, string>> {
  await using server = await startTestServer({ demo: true })
  const url = server.url.replace('127.0.0.1', 'localhost')
  const signedIn = await postAsPage(server.url, '/sign-in/demo', { role: 'admin' })
  const person = new PersonClient(server.url, cookieOf(signedIn) as string)
  const own = { host: new URL(url).host, origin: url }
  const begun = await person.post('me/passkey/begin', {}, own)
  assert.equal(begun.envelope.code, 0, begun.text)
  const { options, challenge } = begun.envelope.data
  const response = createPasskey(options.challenge, url)
  const added = await person.post('me/passkey/add', { name: '我的手机', challenge, response }, own)
  const removed = await person.post('me/passkey/remove', { id: added.envelope.data?.id })
  return new Map([
    ['mePasskeyAdd', added.text],
    ['mePasskeyRemove', removed.text],
  ])
}
