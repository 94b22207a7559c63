#!/usr/bin/env node
// Plain JavaScript, so that an older Node answers with a sentence instead of a syntax error.
const { existsSync } = await import('node:fs')
// In the repository the sources themselves run, which takes Node 24. What is published is compiled, and runs on Node 22 too,
// from the version on whose SQLite it needs (see tools/package/build.ts).
const sources = existsSync(new URL('../src/main.ts', import.meta.url))
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 24 && (sources || major !== 22 || minor < 16)) {
  const [zh, en] = sources
    ? ['Node 24 或更高版本', 'Node 24 or newer']
    : ['Node 22（22.16 起）、24 或更高版本', 'Node 22 (from 22.16), 24 or newer']
  console.error(
    `genjin 需要 ${zh}，当前是 ${process.versions.node}。\n` +
      `genjin needs ${en}, this is ${process.versions.node}.`,
  )
  process.exit(1)
}
// By default V8 lets 128 MB of garbage accumulate before it collects, which a server holds for months. The flag must be set
// when a process starts, so this one restarts itself in place (docs/decisions/010-totals-and-pages.md; the flags of the other
// commands are in src/memory.ts).
const FLAG = '--max-semi-space-size=4'
// By default glibc begins, at the first freed one, to keep large blocks in its heap, whose gaps never go back to the system.
const LARGE_BLOCKS = { MALLOC_MMAP_THRESHOLD_: '262144' }
if (process.argv[2] === 'serve' && process.execve && !process.channel && process.platform !== 'win32') {
  const set = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ')
  const flags = set.includes('semi-space-size') ? [] : [FLAG]
  if (flags.length > 0 || process.env.MALLOC_MMAP_THRESHOLD_ === undefined) {
    const words = [process.execPath, ...process.execArgv, ...flags, ...process.argv.slice(1)]
    process.execve(process.execPath, words, { ...LARGE_BLOCKS, ...process.env })
  }
}
// Node 22 calls its SQLite experimental whenever it is loaded, and Node 24 some algorithms that the library of passkeys asks
// for, between the lines of JSON that a server logs.
const { emitWarning } = process
process.emitWarning = (warning, ...rest) => {
  if (rest[0] === 'ExperimentalWarning' && /^SQLite | Web Crypto API /.test(String(warning))) return
  emitWarning.call(process, warning, ...rest)
}
// Compiled once: a command starts in 0.3 s instead of 0.7 s. Beside the program, not in a temporary folder that others
// on the machine can write to; where this one cannot be written to, nothing is lost.
const { enableCompileCache } = await import('node:module')
const { join } = await import('node:path')
enableCompileCache(join(import.meta.dirname, '../.cache'))
const { main } = await import(sources ? '../src/main.ts' : '../cli/main.js')
await main()
