import assert from 'node:assert/strict'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { BUNDLE_LINE_BYTES } from 'genjin-contract'
import { importBundle } from './import.ts'
import { LineReader, type ReadLine } from './lines.ts'
import { BYTES_OF_LINE, MOST_AHEAD, readLines, THREAD_FROM } from './read-ahead.ts'

/** On one core no thread starts. */
const WITH_THREAD = { skip: availableParallelism() < 2 }

const CHUNK_BYTES = 100_003

/** Lines until a thread starts. */
const BEFORE = Buffer.from(staffLines(0, THREAD_FROM))

function staffLines(from: number, to: number): string {
  const lines = Array.from(
    { length: to - from },
    (_, at) => `{"kind":"staff","user_id":"s${from + at}","name":"员工"}\n`,
  )
  return lines.join('')
}

/** A chunk that makes a thread start; then, once it is ready and with the thread, those of `rest`. */
async function* untilReady(rest: (thread: Worker) => AsyncIterable<Buffer> | Iterable<Buffer>) {
  const started = once(process, 'worker') as Promise<[Worker]>
  yield BEFORE
  const [thread] = await started
  await once(thread, 'message')
  yield* rest(thread)
}

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES)
}

async function collected(chunks: AsyncIterable<Buffer>): Promise<ReadLine[]> {
  const all: ReadLine[] = []
  for await (const lines of readLines(chunks)) all.push(...lines)
  return all
}

/** What one reader makes of all bytes. */
function readHere(...bytes: readonly Buffer[]): ReadLine[] {
  const reader = new LineReader()
  return [...bytes.flatMap((each) => [...reader.read(each)]), ...reader.end()]
}

/** Lines of every kind, good and bad, with what is easily changed on the way from one thread to another. */
function variedLines(): Buffer {
  const follow =
    '{"kind":"follow","id":9223372036854775807,"follow_user_id":"张","content":"跟进 😀","business_type":1,' +
    '"business_id":"c1","target":{"external_id":"c1","clue_id":"c2"},"follow_type":9007199254740993,"follow_type_desc":"陌拜",' +
    '"follow_time":1736913600000,"field_map":{"a":1.10,"b":12345678901234567890,"c":[{"id":"1","name":"一"}]}'
  const lines = [
    '{"kind":"department","id":9007199254740993,"name":"一部","parent_id":null,"order":1}',
    '{"kind":"staff","user_id":"z","name":"张","department_ids":[9007199254740993],"main_department_id":9007199254740993}\r',
    '',
    '{"kind":"follow_type","id":9223372036854775807,"name":"陌拜"}',
    '{"kind":"custom_field","key":"f","name":"选","type":"single","options":[{"id":12345678901234567890,"name":"一"}]}',
    '{"kind":"target","type":1,"id":12345678901234567890,"name":"客户"}',
    `${follow}}`,
    `${follow},"remind":{"is_remind":1,"before":9007199254740993,"user_ids":["a"]},"stage_id":"7","system":true}`,
    '{"kind":"staff","user_id":"x"',
    '{"kind":"staff","name":"x"}',
    '{"kind":"staff","user_id":"\\ud800","name":"x"}',
    'null',
  ]
  const tooLong = `{"kind":"staff","user_id":"x","name":"${'长'.repeat(BUNDLE_LINE_BYTES / 2)}"}`
  const parts = Array.from({ length: 500 }, (_, at) => (at === 100 ? [...lines, tooLong] : lines))
  return Buffer.from(`${parts.flat().join('\n')}\n{"kind":"staff","user_id":"last","name":"x"}`)
}

test('a thread reads a long bundle exactly as the main thread does', WITH_THREAD, async () => {
  const rest = variedLines()
  let answers = 0
  const source = untilReady((thread) => {
    thread.on('message', () => answers++)
    return chunksOf(rest)
  })
  assert.deepEqual(await collected(source), readHere(BEFORE, rest))
  assert.ok(answers >= rest.length / CHUNK_BYTES, `${answers} answers`)
})

test('a bundle of fewer lines starts no thread', async () => {
  let started = 0
  const count = () => started++
  process.on('worker', count)
  const bytes = Buffer.from(staffLines(0, THREAD_FROM - 1))
  assert.deepEqual(await collected(toAsync(chunksOf(bytes))), readHere(bytes))
  process.off('worker', count)
  assert.equal(started, 0)
})

async function* toAsync(chunks: Iterable<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks
}

test('when the thread does not start, all lines are read without it', WITH_THREAD, async () => {
  const rest = variedLines()
  process.once('worker', (thread) => thread.terminate())
  async function* source() {
    const started = once(process, 'worker') as Promise<[Worker]>
    yield BEFORE
    await once((await started)[0], 'exit')
    yield* chunksOf(rest)
  }
  assert.deepEqual(await collected(source()), readHere(BEFORE, rest))
})

test('a thread that dies ends the reading with an error', WITH_THREAD, async () => {
  async function* source(thread: Worker) {
    for (let number = 0; ; number++) {
      if (number === 10) void thread.terminate()
      yield Buffer.from(staffLines(0, 1_000))
      await sleep(1)
    }
  }
  await assert.rejects(collected(untilReady(source)), {
    kind: 'internal',
    message:
      /^读取各行的线程已结束，请再运行一次 \/ run it again \(the thread that reads the lines has ended: exit code 1\)$/,
  })
})

test('the error of a source ends the reading, and the thread', WITH_THREAD, async () => {
  let ended: Promise<unknown> | undefined
  async function* source(thread: Worker) {
    ended = once(thread, 'exit')
    yield Buffer.from(staffLines(0, 1_000))
    throw new Error('the source fails')
  }
  await assert.rejects(collected(untilReady(source)), /^Error: the source fails$/)
  await ended
})

for (const [name, line, chunkLines] of [
  ['long', `{"kind":"staff","user_id":"x","name":"x","note":"${'长'.repeat(300_000)}"}\n`, 1],
  ['short', staffLines(0, 1), 500],
] as const) {
  test(`of ${name} lines, the thread is ahead by a bounded number of bytes`, WITH_THREAD, async () => {
    const lineCounts = Math.max(Buffer.byteLength(line), BYTES_OF_LINE)
    const chunk = Buffer.from(line.repeat(chunkLines))
    let [given, taken, most] = [0, 0, 0]
    async function* source() {
      for (; given * lineCounts < 8 * MOST_AHEAD; given += chunkLines) {
        most = Math.max(most, (given - taken) * lineCounts)
        yield chunk
      }
    }
    for await (const lines of readLines(untilReady(source))) {
      // As slow as a database.
      if (given > 0) await sleep(2)
      for (const { number } of lines) taken = Math.max(0, number - THREAD_FROM)
    }
    assert.equal(taken, given)
    // One chunk is sent in part, and another has been read.
    const limit = MOST_AHEAD + 2 * chunkLines * lineCounts
    assert.ok(most > MOST_AHEAD / 2 && most <= limit, `${most} of ${limit} bytes`)
  })
}

test('who stops early does not wait for a source that waits', WITH_THREAD, async () => {
  let ended: Promise<unknown> | undefined
  let more = () => {}
  let closed = false
  async function* source(thread: Worker) {
    ended = once(thread, 'exit')
    try {
      yield Buffer.from(staffLines(0, 1_000))
      yield Buffer.from('{}\n')
      await new Promise<void>((resolve) => {
        more = resolve
      })
    } finally {
      closed = true
    }
  }
  for await (const lines of readLines(untilReady(source))) {
    if ([...lines].some(({ result }) => 'problem' in result)) break
  }
  await ended
  assert.equal(closed, false)
  more()
  await sleep(1)
  assert.equal(closed, true)
})

test('an import whose database fails rejects, and ends the thread', WITH_THREAD, async () => {
  let ended: Promise<unknown> | undefined
  let writes = 0
  let fails = false
  async function* source(thread: Worker) {
    ended = once(thread, 'exit')
    fails = true
    for (;;) yield Buffer.from(staffLines(0, 1_000))
  }
  const store = {
    transact: async () => {
      if (fails && ++writes > 20) throw new Error('the disk is full')
      return undefined as never
    },
    othersWrote: async () => false,
  }
  await assert.rejects(importBundle({ store, now: Date.now }, 1, untilReady(source)), /the disk is full/)
  await ended
})
