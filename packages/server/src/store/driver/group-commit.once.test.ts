import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BatchTransaction, GroupCommit, type Lost } from './group-commit.ts'

/** An engine that writes down what it is asked to do. */
class Recorder {
  readonly log: string[] = []
  readonly writers: GroupCommit<string[]>
  /** Errors of the next transactions to begin, or to commit. */
  readonly beginErrors: Error[] = []
  readonly commitErrors: Error[] = []
  lost: Lost | undefined
  onCommit = () => {}

  constructor(waitForMore = async () => {}) {
    this.writers = new GroupCommit({ begin: () => this.#begin(), openMs: 20, waitForMore })
  }

  async #begin(): Promise<BatchTransaction<string[]>> {
    this.log.push('begin')
    // As any database, it takes a while.
    await sleep(1)
    const error = this.beginErrors.shift()
    if (error) throw error
    const { log } = this
    const recorder = this
    this.lost = undefined
    return {
      get lost() {
        return recorder.lost
      },
      run: async (fn, inSavepoint) => {
        if (inSavepoint) log.push('savepoint')
        return fn(log)
      },
      commit: async () => {
        const failure = recorder.commitErrors.shift()
        log.push('commit')
        recorder.onCommit()
        if (failure) throw failure
      },
      rollback: () => {
        log.push('rollback')
      },
    }
  }

  readonly write = (name: string): Promise<string> =>
    this.writers.run(async (log) => {
      log.push(name)
      return name
    })
}

function reasons(results: readonly PromiseSettledResult<unknown>[]): unknown[] {
  return results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason.message))
}

test('a writer alone has a plain transaction; it throws, and all is undone', async () => {
  const { writers, log, write } = new Recorder()
  assert.equal(await write('a'), 'a')
  await assert.rejects(
    writers.run(async () => {
      throw new Error('no')
    }),
    /no/,
  )
  assert.deepEqual(log, ['begin', 'a', 'commit', 'begin', 'rollback'])
})

test('those who wait share one commit, in the order of asking, answered after it', async () => {
  const { log, write } = new Recorder()
  const answered = (name: string) => write(name).then(() => log.push(`${name} answered`))
  await Promise.all(['a', 'b', 'c'].map(answered))
  assert.deepEqual(log, [
    'begin',
    ...['savepoint', 'a', 'savepoint', 'b', 'savepoint', 'c'],
    ...['commit', 'a answered', 'b answered', 'c answered'],
  ])
})

test('who comes while a group runs joins it; who comes while it commits is of the next', async () => {
  const recorder = new Recorder()
  const { writers, log, write } = recorder
  const later: Promise<string>[] = []
  recorder.onCommit = () => {
    recorder.onCommit = () => {}
    later.push(write('c'))
  }
  await writers.run(async (tx) => {
    tx.push('a')
    later.push(write('b'))
  })
  assert.deepEqual(await Promise.all(later), ['b', 'c'])
  assert.deepEqual(log, ['begin', 'a', 'savepoint', 'b', 'commit', 'begin', 'c', 'commit'])
})

test('a refusal in a group is answered after the commit too, and when nothing was kept there is none', async () => {
  const { writers, log, write } = new Recorder()
  const refuse = (name: string) =>
    writers.run<string>(async () => {
      throw new Error(name)
    })
  const mixed = [refuse('x').catch(() => log.push('x refused')), write('a')]
  await Promise.all(mixed)
  assert.deepEqual(log.splice(0), ['begin', 'savepoint', 'savepoint', 'a', 'commit', 'x refused'])
  assert.deepEqual(reasons(await Promise.allSettled([refuse('x'), refuse('y')])), ['x', 'y'])
  assert.deepEqual(log, ['begin', 'savepoint', 'savepoint', 'rollback'])
})

test('one that was alone and throws ends its transaction: those who came meanwhile begin again', async () => {
  const { writers, log, write } = new Recorder()
  let late: Promise<string> | undefined
  const first = writers.run(async () => {
    late = write('b')
    throw new Error('no')
  })
  await assert.rejects(first, /no/)
  assert.equal(await late, 'b')
  assert.deepEqual(log, ['begin', 'rollback', 'begin', 'b', 'commit'])
})

test('a commit that fails is the answer of everyone of its group, refused or not, and of nobody else', async () => {
  const recorder = new Recorder()
  const { writers, log, write } = recorder
  recorder.commitErrors.push(new Error('full'))
  const refused = writers.run(async () => {
    throw new Error('no')
  })
  const results = await Promise.allSettled([write('a'), refused, write('b')])
  assert.deepEqual(reasons(results), ['full', 'full', 'full'])
  assert.equal(await write('c'), 'c')
  assert.deepEqual(log.slice(-3), ['begin', 'c', 'commit'])
})

test('a transaction that cannot begin refuses those who waited for it, and not who came later', async () => {
  const recorder = new Recorder()
  const { write } = recorder
  recorder.beginErrors.push(new Error('busy'))
  const waited = [write('a'), write('b')]
  await sleep(0)
  const results = await Promise.allSettled([...waited, write('c')])
  assert.deepEqual(reasons(results), ['busy', 'busy', 'c'])
})

test('a transaction that is lost refuses those who ran; the others begin again, unless it never began', async () => {
  for (const begun of [true, false]) {
    const recorder = new Recorder()
    const { writers, log, write } = recorder
    const breaking = writers.run(async () => {
      recorder.lost = { error: new Error('lost'), begun }
      throw new Error('disk')
    })
    const results = await Promise.allSettled([breaking, write('a'), write('b')])
    assert.deepEqual(reasons(results), ['lost', ...(begun ? ['a', 'b'] : ['lost', 'lost'])])
    assert.deepEqual(log.filter((entry) => entry === 'commit').length, begun ? 1 : 0)
  }
})

test('a group closes after 64 writers, and after a while', async () => {
  const { log, writers, write } = new Recorder()
  await Promise.all(Array.from({ length: 130 }, (_, index) => write(String(index))))
  assert.deepEqual(
    log
      .join(' ')
      .split('commit')
      .map((group) => group.match(/\d+/g)?.length ?? 0),
    [64, 64, 2, 0],
  )
  log.length = 0
  const slow = (name: string) =>
    writers.run(async (tx) => {
      await sleep(30)
      tx.push(name)
    })
  await Promise.all([slow('a'), slow('b')])
  assert.deepEqual(log, ['begin', 'savepoint', 'a', 'commit', 'begin', 'b', 'commit'])
})

test('what shares nothing takes its turn between groups, in the order of asking', async () => {
  const { log, writers, write } = new Recorder()
  const alone = writers.alone(async () => log.push('alone'))
  const first = write('a')
  const failing = writers.alone(async () => {
    throw new Error('no')
  })
  await assert.rejects(Promise.all([alone, first, failing, write('b')]), /no/)
  await writers.alone(async () => {})
  assert.deepEqual(log, ['alone', 'begin', 'a', 'commit', 'begin', 'b', 'commit'])
})

test('it waits for those who are about to ask', async () => {
  const { log, write } = new Recorder(() => sleep(5))
  const first = write('a')
  await sleep(1)
  await Promise.all([first, write('b')])
  assert.deepEqual(log, ['begin', 'savepoint', 'a', 'savepoint', 'b', 'commit'])
})
