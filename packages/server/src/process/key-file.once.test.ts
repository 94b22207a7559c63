import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import fs, { mkdtempSync, rmSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mock, test } from 'node:test'
import { makeKeyFile, readKeyFile } from './key-file.ts'

test('the name of a new key file is on the disk, and those of the folders made for it', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'genjin-key-'))
  t.after(() => rmSync(root, { recursive: true }))
  const opened = new Map<number, string>()
  const flushed: string[] = []
  // Only listens: the real functions run.
  const { openSync, fsyncSync, linkSync } = fs
  mock.method(fs, 'openSync', (...args: Parameters<typeof openSync>) => {
    const file = openSync(...args)
    opened.set(file, String(args[0]))
    return file
  })
  mock.method(fs, 'fsyncSync', (file: number) => {
    flushed.push(opened.get(file) as string)
    fsyncSync(file)
  })
  mock.method(fs, 'linkSync', (...args: Parameters<typeof linkSync>) => {
    flushed.push('linked')
    linkSync(...args)
  })
  syncBuiltinESMExports()
  t.after(() => {
    mock.restoreAll()
    syncBuiltinESMExports()
  })
  const path = join(root, 'a', 'b', 'genjin.key')
  const key = makeKeyFile(path, randomBytes)
  assert.deepEqual(readKeyFile(path), key)
  const after = flushed.slice(flushed.indexOf('linked') + 1)
  assert.deepEqual(after, [join(root, 'a', 'b'), join(root, 'a'), root])
})
