import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cleanup } from './cleanup.ts'

test('what was opened is closed in reverse order, also after a step that failed, and once', async () => {
  const done: string[] = []
  const cleanup = new Cleanup()
  cleanup.defer(() => done.push('first'))
  cleanup.defer(async () => {
    done.push('second')
    throw new Error('second')
  })
  cleanup.defer(() => done.push('third'))
  await assert.rejects(cleanup[Symbol.asyncDispose](), /second/)
  await cleanup[Symbol.asyncDispose]()
  assert.deepEqual(done, ['third', 'second', 'first'])
})

test('what was moved is kept until the one who has it now lets go', async () => {
  const done: string[] = []
  const open = async () => {
    await using cleanup = new Cleanup()
    cleanup.defer(() => done.push('closed'))
    return cleanup.move()
  }
  const kept = await open()
  assert.deepEqual(done, [])
  await kept[Symbol.asyncDispose]()
  assert.deepEqual(done, ['closed'])
})
