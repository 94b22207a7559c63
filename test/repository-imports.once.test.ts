import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FILES, type Import, importsOf, read, SOURCES } from './support/repository.ts'

/** Where a source file stands: its package, and inside the server its folder. */
function roomOf(file: string): string {
  const [, name = '', inside = ''] = /^packages\/([^/]+)\/src\/(.*)/.exec(file) ?? []
  if (name === '') return file.split('/')[0] as string
  if (name !== 'server') return name
  if (!inside.includes('/')) return inside === 'index.ts' ? 'server' : 'server/base'
  return inside.startsWith('store/driver/') ? 'server/driver' : `server/${inside.split('/')[0]}`
}

const INSIDE = ['base', 'demo', 'driver', 'http', 'process', 'service', 'store'].map(
  (name) => `server/${name}`,
)

/** Room → the rooms, modules of Node and packages that it imports. `lazy:` by `import()` or as a type only. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  record: [],
  contract: ['typebox'],
  client: ['record', 'type:node'],
  // contract: limits of the wire, the operations that diff calls, and the filters that export takes.
  sync: ['contract', 'client', 'record', 'node', 'pg', 'yazl'],
  cli: ['contract', 'sync', 'client', 'record', 'node', 'lazy:server', 'lazy:server/process'],
  'server/base': ['contract', 'record', 'node'],
  'server/http': [
    'contract',
    'record',
    'server/base',
    'server/service',
    'node',
    'cookie',
    'fastify',
    'prom-client',
  ],
  'server/service': [
    'contract',
    'record',
    'server/base',
    'server/store',
    'node',
    'lru-cache',
    // Loaded by the first sign-in that needs them.
    'lazy:@simplewebauthn/server',
    'lazy:openid-client',
    'type:typebox',
  ],
  'server/store': ['type:contract', 'record', 'server/base', 'node', 'lru-cache', 'sql-template-tag'],
  'server/driver': ['record', 'server/base', 'server/store', 'node', 'lru-cache', 'pg', 'sql-template-tag'],
  'server/demo': ['contract', 'server/base', 'server/service', 'server/store'],
  'server/process': [
    ...INSIDE.filter((room) => room !== 'server/driver'),
    'record',
    'node',
    'pino',
    'lru-cache',
  ],
  server: INSIDE,
}

test('a room imports only what it may', () => {
  const rooms = new Set<string>()
  const wrong: string[] = []
  for (const file of SOURCES) {
    if (!file.startsWith('packages/') || /\.test\.ts$|-suite\.ts$/.test(file)) continue
    const room = roomOf(file)
    rooms.add(room)
    const allowed = MAY_IMPORT[room]
    assert.ok(allowed, `${file} is in no known room`)
    for (const one of importsOf(file)) {
      const target = targetOf(one)
      const rights = [target, `${one.kind}:${target}`, ...(one.kind === 'type' ? [`lazy:${target}`] : [])]
      const may =
        target === room || mayLoadDriver(file, target) || rights.some((right) => allowed.includes(right))
      if (!may) wrong.push(`${file}: ${one.kind} import of ${one.specifier}`)
    }
  }
  assert.ok(FILES.length === 0 || rooms.size >= 11)
  assert.deepEqual(wrong, [])
})

function targetOf({ specifier, file }: Import): string {
  if (file) return roomOf(file)
  return specifier.startsWith('node:') ? 'node' : specifier
}

/** One file chooses the engine. */
function mayLoadDriver(file: string, target: string): boolean {
  return file === 'packages/server/src/process/compose.ts' && target === 'server/driver'
}

test('no circle of imports between files, type imports included', () => {
  const known = new Set(SOURCES)
  const graph = new Map(
    SOURCES.map((file) => [
      file,
      importsOf(file).flatMap((one) => (one.file && known.has(one.file) ? one.file : [])),
    ]),
  )
  assert.ok(FILES.length === 0 || [...graph.values()].flat().length > 500)
  const circles: string[] = []
  const done = new Set<string>()
  function visit(file: string, path: readonly string[]): void {
    const start = path.indexOf(file)
    if (start >= 0) circles.push([...path.slice(start), file].join(' → '))
    if (start >= 0 || done.has(file)) return
    for (const next of graph.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
  assert.deepEqual(circles, [])
})

test('only process/env.ts reads the environment, SQL stands in the store only', () => {
  for (const file of SOURCES) {
    if (!file.startsWith('packages/server/src/') || file.includes('.test.')) continue
    if (!file.endsWith('/process/env.ts')) assert.doesNotMatch(read(file), /process\.env/, file)
    if (/\/(http|service|process|demo)\//.test(file)) {
      assert.doesNotMatch(read(file), /\bsql`|SELECT .* FROM|INSERT INTO/, file)
    }
  }
})
