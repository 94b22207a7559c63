import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createSocketServer } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { certificate, WITH_OPENSSL } from '../support/certificates.ts'
import { addApp, addCompany, GENJIN, genjin, genjinDone, startGenjin, startServe } from '../support/cli.ts'
import { emptyDatabase, type TempDatabase, tempDatabase } from '../support/database.ts'
import { assertFails } from '../support/failures.ts'
import { follow, startTestServer, type TestServer } from '../support/server.ts'
import { tempFolder } from '../support/temp-folder.ts'

let server: TestServer
let app: { appid: string; app_secret: string }
const folder = tempFolder()
const env = () => ({
  GENJIN_APP_SECRET: app.app_secret,
  GENJIN_APP_SECRET_A: app.app_secret,
  GENJIN_APP_SECRET_B: app.app_secret,
})

before(async () => {
  server = await startTestServer()
  app = (await server.company('acme', [{ kind: 'staff', user_id: 'zhang', name: '张伟' }, follow({ id: 1 })]))
    .credentials
})
after(() => server[Symbol.asyncDispose]())

/** Every command line that reads servers, at this address, with the name of its option. */
function readers(from: string): (readonly [option: string, args: readonly string[]])[] {
  const source = ['--from', from, '--appid', app.appid]
  return [
    ['from', ['pull', ...source, '--out', join(folder.path, 'x.ndjson')]],
    ['from', ['export', ...source, '--format', 'csv']],
    ['from', ['sync', ...source, '--to', join(folder.path, 'copy')]],
    ['a', ['diff', '--a', from, '--b', server.url, '--appid-a', app.appid, '--appid-b', app.appid]],
  ]
}

test('an address without http://, or that is none, is refused and told how it is written', async () => {
  for (const from of ['127.0.0.1:8787', 'localhost:8787', 'crm.example.com/genjin']) {
    await assertFails(
      readers(from).map(([option, args]) => [
        args,
        2,
        new RegExp(
          `^genjin: --${option} 须写作 .*，是不是 http://${from}？ / .*did you mean http://${from}\\?\n$`,
        ),
      ]),
      { env: env() },
    )
  }
  for (const from of ['ftp://x', 'http://', 'https://u:hush@h', 'http://h/?access_token=hush', 'u:hush@h']) {
    await assertFails(
      readers(from).map(([option, args]) => [
        args,
        2,
        new RegExp(`^genjin: --${option} 须写作 (?!.*hush).*\n$`),
      ]),
      { env: env() },
    )
  }
})

test('a server that is not reached is told in one sentence with the way out', {
  ...WITH_OPENSSL,
}, async () => {
  const pair = certificate(folder.path, 'server')
  await using temp = await emptyDatabase('sqlite')
  const tls = ['--tls-cert', pair.cert, '--tls-key', pair.key]
  await using https = await startServe(['--database', temp.database, ...tls])
  const other = createServer((_request, response) => response.writeHead(404).end('<html>nothing here</html>'))
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const cases: readonly [from: string, message: RegExp][] = [
    [server.url.replace('http:', 'https:'), /这个端口不使用 HTTPS（TLS），地址请写 http:\/\//],
    [https.url.replace('https:', 'http:'), /对方关闭了连接.*地址须写 https:\/\//],
    [https.url, /无法验证对方的证书.*NODE_EXTRA_CA_CERTS/],
    [`http://127.0.0.1:${await closedPort()}`, /连接被拒绝，请核对主机与端口/],
    ['http://no-such-host.invalid', /找不到这个主机/],
    [`http://127.0.0.1:${port}`, /HTTP 404|不是约定的格式/],
  ]
  try {
    for (const [from, message] of cases) {
      for (const [option, args] of readers(from)) {
        // What diff prints before it asks is on standard output.
        const end = await genjin(args, { env: env() })
        assert.equal(end.code, 1, `${args.join(' ')}: ${end.stderr}`)
        assert.match(end.stderr, message)
        assert.ok(end.stderr.includes(`--${option} ${from}`), end.stderr)
        assert.doesNotMatch(end.stderr, /ECONN|EPROTO|ENOTFOUND|SSL routines|hang up|self.signed|\n./)
      }
    }
  } finally {
    other.close()
  }
  assert.ok(!existsSync(join(folder.path, 'copy')))
})

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const socket = createSocketServer().listen(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address() as AddressInfo
  socket.close()
  await once(socket, 'close')
  return port
}

test('a database that closes the connection is not told to be written as https', async () => {
  const other = createSocketServer((socket) => socket.once('data', () => socket.destroy()))
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = `postgres://u:hush@127.0.0.1:${(other.address() as AddressInfo).port}/d`
  const sync = ['sync', '--corp', 'acme', '--database', server.temp.database, '--to', address]
  const told = /^(?!.*(hush|http))genjin: (数据库|目标)无法使用：对方中断了连接，请核对主机与端口/
  try {
    await assertFails([
      [['verify', '--database', address], 1, told],
      [['verify', '--database', `${address}?sslmode=require`], 1, told],
      [sync, 1, told],
    ])
  } finally {
    other.close()
  }
})

test('an unknown command is repeated if it is a word, not if it is an address', async () => {
  await assertFails([
    [['exprot'], 2, /没有命令 exprot，是不是 export？/],
    [['corp', 'sub'], 2, /没有命令 corp sub/],
    [
      ['postgres://u:hush@h/d', 'verify'],
      2,
      /^(?!.*hush)genjin: 没有这个命令 \/ unknown command \(genjin --help\)/,
    ],
    [['corp', 'sqlite:hush'], 2, /^(?!.*hush)genjin: 没有这个命令/],
  ])
})

test('a port or an address that serve cannot listen on is told with the way out', async () => {
  await using temp = await emptyDatabase('sqlite')
  const taken = createSocketServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const serve = (...options: string[]) => ['serve', '--database', temp.database, ...options]
  const address =
    /这台机器没有地址 (203\.0\.113\.7|no-such-host\.invalid)，请换一个 --host.*choose another --host/
  try {
    for (const workers of [[], ['--workers', '2']]) {
      await assertFails([
        [
          serve('--port', `${port}`, ...workers),
          1,
          new RegExp(`^genjin: 端口 ${port} 已被占用，请换一个 --port`),
        ],
        [serve('--port', '0', '--host', '203.0.113.7', ...workers), 1, address],
        [serve('--port', '0', '--host', 'no-such-host.invalid', ...workers), 1, address],
      ])
    }
  } finally {
    taken.close()
  }
})

test('serve with an empty --host listens nowhere', async () => {
  await using temp = await emptyDatabase('sqlite')
  await assertFails([
    [['serve', '--port', '0', '--host', '', '--database', temp.database], 2, /--host is empty/],
  ])
  assert.deepEqual(readdirSync(temp.path), [])
})

/** Writes a text as Windows tools do, in four encodings. */
function encodings(text: string): readonly [name: string, bytes: Buffer][] {
  const little = Buffer.from(`\ufeff${text.replaceAll('\n', '\r\n')}`, 'utf16le')
  return [
    ['plain', Buffer.from(text)],
    ['bom', Buffer.from(`\ufeff${text}`)],
    ['utf16le', little],
    ['utf16be', Buffer.from(little).swap16()],
  ]
}

test('credentials, keys and certificates are read in UTF-8 with a BOM and in UTF-16', {
  ...WITH_OPENSSL,
}, async () => {
  for (const [name, bytes] of encodings(`${JSON.stringify(app)}\n`)) {
    const file = join(folder.path, `${name}.json`)
    writeFileSync(file, bytes)
    const { stdout } = await genjinDone(['export', '--from', server.url, '--app', file, '--format', 'ndjson'])
    assert.equal(stdout.split('\n').length, 2, name)
  }
  writeFileSync(join(folder.path, 'half.json'), '{"appid":"hush')
  const half = ['export', '--from', server.url, '--app', join(folder.path, 'half.json'), '--format', 'csv']
  const missing = half.with(4, join(folder.path, 'none.json'))
  await assertFails([
    [half, 1, /^(?!.*hush).*half\.json 须为 \{"appid"/],
    [
      missing,
      1,
      /^genjin: --app .*none\.json 无法读取：没有这个文件或文件夹.* \/ cannot be read: there is no such file/,
    ],
    [half.with(4, folder.path), 1, /它是一个文件夹/],
  ])

  await using temp = await emptyDatabase('sqlite')
  await genjinDone(['migrate', '--database', temp.database])
  const key = readFileSync(join(temp.path, 'genjin.db.key'), 'utf8')
  for (const [name, bytes] of encodings(key)) {
    writeFileSync(join(temp.path, 'genjin.db.key'), bytes)
    const { code, stderr } = await genjin(['verify', '--database', temp.database])
    assert.deepEqual([code, stderr], [0, ''], name)
  }
  const pair = certificate(folder.path, 'windows')
  const [cert, privateKey] = [readFileSync(pair.cert, 'utf8'), readFileSync(pair.key, 'utf8')]
  for (const [at, [, bytes]] of encodings(cert).entries()) {
    writeFileSync(pair.cert, bytes)
    writeFileSync(pair.key, encodings(privateKey)[at]?.[1] as Buffer)
    await using https = await startServe([
      '--database',
      temp.database,
      '--tls-cert',
      pair.cert,
      '--tls-key',
      pair.key,
    ])
    assert.match(https.url, /^https:/)
  }
})

test('import says in one sentence that a file is no bundle', async () => {
  const company = await acme()
  await using _ = company.temp
  const xlsx = join(company.temp.path, 'a.xlsx')
  const csv = join(company.temp.path, 'a.csv')
  await genjinDone(['export', ...company.of, '--format', 'xlsx', '--out', xlsx])
  await genjinDone(['export', ...company.of, '--format', 'csv', '--out', csv])
  const line = '{"kind":"staff","user_id":"x","name":"张"}\n'
  const files: readonly [string, Buffer, RegExp][] = [
    ['a.xlsx', readFileSync(xlsx), /是 Excel（xlsx）或 ZIP 文件/],
    ['a.csv', readFileSync(csv), /里没有一行是 JSON 对象.*CSV/],
    ['lines.csv', Buffer.from('id,content\n1,"你好\n[图片]\n{再见"\n'), /里没有一行是 JSON 对象.*CSV/],
    ['array.json', Buffer.from(`[\n${line.trim()},\n${line}]\n`), /是 JSON 数组/],
    ['one.json', Buffer.from(JSON.stringify(JSON.parse(line), null, 2)), /没有一行是 JSON 对象.*多行的 JSON/],
    ['a.xls', Buffer.from('d0cf11e0a1b11ae1', 'hex'), /旧版 Office/],
    ['a.gz', gzipSync(line), /gzip 压缩文件/],
    ['a.txt', Buffer.from(`\ufeff${line}`, 'utf16le'), /UTF-16 编码.*PowerShell.*--out/],
    ['a.bin', Buffer.from([1, 2, 0, 3]), /不是文本/],
  ]
  for (const [name, bytes, message] of files) {
    const file = join(company.temp.path, name)
    writeFileSync(file, bytes)
    const end = await genjin(['import', file, ...company.of])
    assert.deepEqual([end.code, end.stdout], [1, ''], name)
    assert.match(end.stderr, message)
    assert.match(end.stderr, new RegExp(`^genjin: ${file} [^\n]* / [^\n]*; import takes a bundle: [^\n]*\n$`))
    const piped = await genjin(['import', '-', ...company.of], { input: bytes })
    assert.equal(piped.code, 1)
    assert.match(piped.stderr, message)
  }
  await assertFails([
    [
      ['import', company.temp.path, ...company.of],
      1,
      /无法读取：它是一个文件夹，请给出文件名 \/ .*it is a folder/,
    ],
    [['import', `${csv}.none`, ...company.of], 1, /无法读取：没有这个文件或文件夹/],
  ])
  // A bundle with a BOM is one, and a line that is wrong is reported by its number.
  const bom = join(company.temp.path, 'bom.ndjson')
  writeFileSync(bom, `\ufeff${line}`)
  await genjinDone(['import', bom, ...company.of])
  assert.equal((await genjin(['import', '-', ...company.of], { input: `oops\n${line}` })).code, 3)
})

async function acme(): Promise<{ temp: TempDatabase; of: string[] }> {
  const temp = await tempDatabase('sqlite')
  await addCompany(temp.database, 'acme')
  const of = ['--corp', 'acme', '--database', temp.database]
  await genjinDone(['import', '-', ...of], { input: `${JSON.stringify(follow({ id: 1 }))}\n`.repeat(2) })
  return { temp, of }
}

/** A Chinese name of this many bytes. */
function longName(bytes: number, ending: string): string {
  const rest = bytes - Buffer.byteLength(ending)
  return '客'.repeat(Math.floor(rest / 3)) + 'x'.repeat(rest % 3) + ending
}

test('files have names of up to 255 bytes, in Chinese', async () => {
  const { temp, of } = await acme()
  await using _ = temp
  const out = join(temp.path, longName(255, '.csv'))
  await genjinDone(['export', ...of, '--format', 'csv', '--out', out])
  await genjinDone(['export', ...of, '--format', 'csv', '--out', out])
  assert.match(readFileSync(out, 'utf8'), /内容/)
  const bundle = join(temp.path, longName(255, '.ndjson'))
  await genjinDone(['pull', '--from', server.url, '--appid', app.appid, '--out', bundle], { env: env() })
  await genjinDone(['import', bundle, ...of])
  const long = join(temp.path, longName(256, '.csv'))
  await assertFails([
    [['export', ...of, '--format', 'csv', '--out', long], 1, /无法写入：文件名过长，最长 255 字节/],
  ])
  assert.equal(readdirSync(temp.path).length, 4)

  using place = tempFolder()
  const database = `sqlite:${join(place.path, longName(247, '.db'))}`
  await genjinDone(['corp', 'add', 'acme', '--database', database])
  await addApp(database, 'acme')
  const target = join(place.path, `y${longName(246, '.db')}`)
  await genjinDone(['sync', '--corp', 'acme', '--database', database, '--to', `sqlite:${target}`])
  const tooLong = `sqlite:${join(place.path, longName(248, '.db'))}`
  await assertFails([
    [['migrate', '--database', tooLong], 1, /--database 不可用：文件名最长 247 字节/],
    [
      ['sync', '--corp', 'acme', '--database', database, '--to', tooLong],
      1,
      /--to 不可用：文件名最长 247 字节/,
    ],
  ])
})

test('--to without the colon of an address is not taken for a folder', async () => {
  const args = ['sync', '--corp', 'acme', '--database', server.temp.database, '--to', 'postgres//u:hush@h/d']
  await assertFails([[args, 1, /^(?!.*hush)genjin: 目标 --to 不可用/]], { cwd: folder.path })
  assert.ok(!existsSync(join(folder.path, 'postgres')))
})

const WITH_SCRIPT = {
  skip: spawnSync('script', ['--version']).status !== 0 && 'script is not on this machine',
}

/** A line of progress. */
const DRAWN = `${String.fromCharCode(27)}[K导出 `

/** What a person sees of a command on a terminal. */
async function onTerminal(args: readonly string[]): Promise<string> {
  const command = [process.execPath, GENJIN, ...args].map((word) => `'${word}'`).join(' ')
  await using terminal = startGenjin(['-qec', command, '/dev/null'], { program: 'script' })
  terminal.stdin.end()
  return (await terminal.ended).stdout
}

test(
  'an export to the terminal has no progress in its data; into a file it shows some',
  WITH_SCRIPT,
  async () => {
    const { temp, of } = await acme()
    await using _ = temp
    const lines = Array.from({ length: 30_000 }, (_, index) => JSON.stringify(follow({ id: index + 10 })))
    await genjinDone(['import', '-', ...of], { input: lines.join('\n') })
    for (const format of [[], ['--format', 'csv']]) {
      assert.ok(!(await onTerminal(['export', ...of, ...format])).includes(DRAWN))
      const toFile = await onTerminal(['export', ...of, ...format, '--out', join(temp.path, 'out')])
      assert.ok(toFile.includes(DRAWN), toFile)
    }
  },
)

test('with --json an error of an export to standard output is not in the data', async () => {
  const { temp } = await acme()
  await using _ = temp
  const of = ['--corp', 'nobody', '--database', temp.database]
  const { code, stdout, stderr } = await genjin(['export', ...of, '--json'])
  assert.deepEqual([code, stdout], [1, ''])
  assert.match(stderr, /企业 nobody 不存在/)
  const toFile = await genjin(['export', ...of, '--json', '--out', join(temp.path, 'x')])
  assert.match(JSON.parse(toFile.stdout).error, /企业 nobody 不存在/)
})
