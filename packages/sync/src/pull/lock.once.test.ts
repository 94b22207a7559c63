import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { besidePath } from '../durable.ts'
import { takeLock } from './lock.ts'

const HOLDER = `
  const { takeLock } = await import(${JSON.stringify(new URL('./lock.ts', import.meta.url).href)})
  console.log(takeLock(process.argv[1]) ? 'taken' : 'refused')
  setInterval(() => {}, 1000)`

test('a lock excludes other processes, and this one, until its holder releases it or is killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'genjin-lock-'))
  const path = join(folder, 'lock.db')
  try {
    const release = takeLock(path)
    assert.ok(release)
    assert.equal(takeLock(path), undefined)
    assert.equal(await holding(path, async (printed) => printed), 'refused')
    release()
    assert.ok(!existsSync(path))
    // Killed, the holder leaves its file, and nothing beside it.
    assert.equal(await holding(path, async () => takeLock(path)), undefined)
    assert.deepEqual(readdirSync(folder), ['lock.db'])
    const again = takeLock(path)
    assert.ok(again)
    again()
    assert.deepEqual(readdirSync(folder), [])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

/** Runs `fn` while another process holds the lock, or was refused, and kills that process. */
async function holding<T>(path: string, fn: (printed: string) => Promise<T>): Promise<T> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [printed] = await once(child.stdout, 'data')
    return await fn(String(printed).trim())
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
}

test('a name beside a long one is cut between characters, and two names stay two', () => {
  assert.equal(besidePath('/a/b.csv', '.part'), '/a/b.csv.part')
  for (const letter of ['x', '客', '😀']) {
    const name = letter.repeat(Math.floor(255 / Buffer.byteLength(letter)))
    const [one, other] = [name, `${name.slice(0, -2)}ab`].map((each) =>
      besidePath(`/a/${each}`, '.0123abcd.part'),
    )
    assert.notEqual(one, other)
    for (const path of [one, other]) {
      assert.match(path as string, /^\/a\/(x+|客+|(😀)+)\.[0-9a-f]{16}\.0123abcd\.part$/)
      assert.ok(Buffer.byteLength(path as string) <= 3 + 255)
    }
  }
})
