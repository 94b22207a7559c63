import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Outcome, RequestBatcher } from './request-batcher.ts'

/** Answers each number with its double, and notes who was answered together. */
function doubling(batches: number[][], work: (asks: readonly number[]) => Promise<void> = async () => {}) {
  return async (take: () => readonly number[]): Promise<Outcome<number>[]> => {
    const asks = take()
    batches.push([...asks])
    assert.equal(take().length, asks.length, 'the same ones each time')
    await work(asks)
    return asks.map((ask) => (ask < 0 ? { error: new Error(`no ${ask}`) } : { answer: 2 * ask }))
  }
}

test('who comes while others are answered waits for the next turn; each has an answer of its own', async () => {
  const batches: number[][] = []
  const batcher = new RequestBatcher<number, number>()
  const answered = Promise.withResolvers<void>()
  const together = doubling(batches, () => answered.promise)
  const first = batcher.ask(1, 1, together)
  while (batches.length === 0) await sleep(1)
  const later = [2, -3, 4].map((ask) => batcher.ask(1, ask, together))
  answered.resolve()
  const settled = await Promise.allSettled([first, ...later])
  assert.deepEqual(batches, [[1], [2, -3, 4]])
  assert.deepEqual(
    settled.map((each) => (each.status === 'fulfilled' ? each.value : each.reason.message)),
    [2, 4, 'no -3', 8],
  )
  assert.equal(await batcher.ask(1, 5, together), 10)
})

test('64 at most together; companies do not wait for each other', async () => {
  const batches: number[][] = []
  const batcher = new RequestBatcher<number, number>()
  const held = Promise.withResolvers<void>()
  const holding = doubling(batches, () => held.promise)
  const slow = batcher.ask(1, 1, holding)
  const together = doubling(batches)
  const many = Array.from({ length: 150 }, (_, at) => batcher.ask(2, at, together))
  const sum = (await Promise.all(many)).reduce((sum, each) => sum + each, 0)
  assert.equal(sum, 150 * 149)
  assert.ok(batches.every(({ length }) => length <= 64))
  held.resolve()
  assert.equal(await slow, 2)
})

test('when all of it fails, those who were taken are told, and the next are answered', async () => {
  const batcher = new RequestBatcher<number, number>()
  const broken = async (take: () => readonly number[]): Promise<Outcome<number>[]> => {
    if (take().includes(1)) throw new Error('gone')
    return doubling([])(take)
  }
  const failing = [1, 2].map((ask) => batcher.ask(1, ask, broken))
  const told = await Promise.allSettled(failing)
  assert.deepEqual(
    told.map((each) => each.status === 'rejected' && each.reason.message),
    ['gone', 'gone'],
  )
  // Before it could take anybody: who waited by then is told.
  const away = () => Promise.reject(new Error('no connection'))
  await assert.rejects(batcher.ask(1, 3, away), /no connection/)
  assert.equal(await batcher.ask(1, 4, broken), 8)
})
