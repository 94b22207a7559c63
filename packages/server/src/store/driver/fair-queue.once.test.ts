import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { FairQueue } from './fair-queue.ts'

const ROOMY = { waiting: 1000, waitingOfCorp: 1000 }

/** Tasks that end when they are told to, and in which order they began. */
function controlled() {
  const begun: string[] = []
  const ends: (() => void)[] = []
  const task = (name: string) => async () => {
    begun.push(name)
    await new Promise<void>((resolve) => ends.push(resolve))
    return name
  }
  const endOne = async () => {
    ends.shift()?.()
    await turn()
  }
  return { begun, task, endOne }
}

test('companies take turns, and tasks of one company keep their order', async () => {
  const queue = new FairQueue({ running: 1, ...ROOMY })
  const { begun, task, endOne } = controlled()
  const all = [
    ...['a1', 'a2', 'a3', 'a4'].map((name) => queue.run(1, task(name))),
    ...['b1', 'b2'].map((name) => queue.run(2, task(name))),
    queue.run(3, task('c1')),
  ]
  for (let left = all.length; left > 0; left--) await endOne()
  assert.deepEqual(begun, ['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4'])
  assert.deepEqual(await Promise.all(all), ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1'])
})

test('one company has its share of what runs at once, whatever it asks', async () => {
  const queue = new FairQueue({ running: 3, runningOfCorp: 2, ...ROOMY })
  const { begun, task, endOne } = controlled()
  const ofOne = ['a1', 'a2', 'a3'].map((name) => queue.run(1, task(name)))
  assert.deepEqual(begun, ['a1', 'a2'])
  const other = queue.run(2, task('b1'))
  assert.deepEqual(begun, ['a1', 'a2', 'b1'])
  for (let left = 4; left > 0; left--) await endOne()
  await Promise.all([...ofOne, other])
})

test('a line is bounded, for a company and in all, and is free again once it has moved on', async () => {
  const queue = new FairQueue({ running: 1, waiting: 3, waitingOfCorp: 2 })
  const { task, endOne } = controlled()
  const asked = ['a1', 'a2', 'a3'].map((name) => queue.run(1, task(name)))
  await assert.rejects(queue.run(1, task('a4')), { kind: 'crowded' })
  asked.push(queue.run(2, task('b1')))
  await assert.rejects(queue.run(2, task('b2')), { kind: 'crowded' })
  // Others cannot take the place of a company of which nothing waits.
  asked.push(queue.run(3, task('c1')))
  await assert.rejects(queue.run(3, task('c2')), { kind: 'crowded' })
  for (let left = 5; left > 0; left--) await endOne()
  await Promise.all(asked)
})

test('a task that fails ends its turn, and close rejects those that have not begun', async () => {
  const queue = new FairQueue({ running: 1, ...ROOMY })
  const failing = async () => {
    throw new Error('no')
  }
  await assert.rejects(queue.run(1, failing), /no/)
  const throwing = () => {
    throw new Error('at once')
  }
  await assert.rejects(queue.run(1, throwing), /at once/)
  const { task, endOne } = controlled()
  const running = queue.run(1, task('a1'))
  const waiting = queue.run(1, task('a2'))
  queue.close()
  await assert.rejects(waiting, { kind: 'unavailable' })
  await assert.rejects(queue.run(2, task('b1')), { kind: 'unavailable' })
  await endOne()
  assert.equal(await running, 'a1')
})

test('tasks that block the event loop let it run in between', async () => {
  const queue = new FairQueue({ running: 1, yieldAfterMs: 2, ...ROOMY })
  const block = async () => {
    for (const end = performance.now() + 1; performance.now() < end; );
  }
  let [turns, isOver] = [0, false]
  const count = () => {
    turns++
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  await Promise.all(Array.from({ length: 50 }, () => queue.run(1, block)))
  isOver = true
  assert.ok(turns >= 10, `${turns} turns`)
})
