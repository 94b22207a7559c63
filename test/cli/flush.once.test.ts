import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable, Writable } from 'node:stream'
import { mock, test } from 'node:test'
import { run } from '../../packages/cli/src/index.ts'
import { Connection } from '../../packages/server/src/store/driver/sqlite-connection.ts'
import { emptyDatabase } from '../support/database.ts'

/** What happened, in its order: the text that a command printed, and `flush`. */
async function happened(words: readonly string[], input = ''): Promise<string[]> {
  const events: string[] = []
  const flush = Connection.prototype.flush
  const mocked = mock.method(Connection.prototype, 'flush', async function (this: Connection) {
    await flush.call(this)
    events.push('flush')
  })
  const stream = (name: string) =>
    new Writable({
      write: (_text, _encoding, done) => {
        events.push(name)
        done()
      },
    })
  const exit = await run([...words, '--json'], {
    stdin: Readable.from([Buffer.from(input)]),
    stdout: stream('output'),
    stderr: stream('errors'),
    env: {},
    environment: { now: Date.now, random: randomBytes },
    signal: new AbortController().signal,
  })
  mocked.mock.restore()
  assert.equal(exit, 0)
  return events
}

test('import and move have everything on disk before they say that they are done', async () => {
  await using from = await emptyDatabase('sqlite')
  await using to = await emptyDatabase('sqlite')
  await happened(['corp', 'add', 'acme', '--database', from.database])
  const line = '{"kind":"staff","user_id":"zhang","name":"张伟"}\n'
  const imported = await happened(['import', '-', '--corp', 'acme', '--database', from.database], line)
  assert.deepEqual(imported, ['flush', 'output'])
  const moved = await happened(['move', '--corp', 'acme', '--from', from.database, '--to', to.database])
  assert.deepEqual(moved, ['flush', 'output'])
})
