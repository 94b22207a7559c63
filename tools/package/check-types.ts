import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, together } from './run.ts'
import { ROOT } from './workspace.ts'

const CONSUMER = `import { Checksum, GenjinClient, parseExact } from 'genjin-client'
import { GenjinClient as SameInTheBrowser } from 'genjin-client/browser'

const client: SameInTheBrowser = new GenjinClient({ baseUrl: 'http://127.0.0.1', appid: 'a', appSecret: 's' })
for await (const follow of client.follow.list({ page_size: 100 }, { concurrency: 4 })) {
  const id: string = follow.id
  // @ts-expect-error ids are strings
  const number: number = follow.id
  parseExact(id + String(number))
}
const hex: string = new Checksum().hex
export { hex }
`

/** How programs are compiled: one for Node without the DOM, one for a web page without the types of Node. */
const WAYS = {
  nodenext: ['--module', 'nodenext', '--lib', 'es2024,esnext.disposable', '--types', 'node'],
  bundler: ['--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'es2024,dom', '--types', ''],
} as const

/**
 * Compiles a program of each kind against the installed declarations, and the example of the README. Every declaration file
 * is checked. The types of Node are those of this repository.
 */
export async function checkTypes(consumer: string): Promise<void> {
  const readme = readFileSync(join(consumer, 'node_modules/genjin-client/README.md'), 'utf8')
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1]
  if (example === undefined) throw new Error('the README of genjin-client has no example')
  writeFileSync(join(consumer, 'consumer.ts'), CONSUMER)
  writeFileSync(join(consumer, 'example.ts'), example)
  await together(
    Object.values(WAYS).map((way) =>
      run(process.execPath, [TSC, ...STRICT, ...way, ...TYPES, 'consumer.ts'], { cwd: consumer }),
    ),
  )
  // It reads the secret from the environment, which a web page does not have.
  await run(process.execPath, [TSC, ...STRICT, ...WAYS.nodenext, ...TYPES, 'example.ts'], { cwd: consumer })
}

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')
const STRICT = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--target', 'es2024']
const TYPES = ['--typeRoots', join(ROOT, 'node_modules/@types')]
