#!/usr/bin/env node
// Plain JavaScript, so that an older Node answers with a sentence instead of a syntax error.
const [major] = process.versions.node.split('.').map(Number)
if (major < 24) {
  console.error(
    `genjin 需要 Node 24 或更高版本,当前是 ${process.versions.node}。\n` +
      `genjin needs Node 24 or newer, this is ${process.versions.node}.`,
  )
  process.exit(1)
}
const { main } = await import('../src/main.ts')
await main()
