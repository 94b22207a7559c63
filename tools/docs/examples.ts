import { OPERATIONS, type Operation, type OperationName } from '../../packages/contract/src/operations.ts'
import { block, type Language } from './language.ts'

/** The server of `npm start`. */
const SERVER = 'http://127.0.0.1:8787'

type Body = Readonly<Record<string, unknown>>

/** Stands in a body for the ID that the step before returned. */
const ID = '$ID'

/** Operations whose response gives the next step its ID, and the key that the ID stands under. */
const ID_KEYS: Partial<Record<OperationName, 'data' | 'id'>> = { followCreate: 'data', followTypeAdd: 'id' }

type Step = readonly [operation: OperationName, body: Body]

interface Example {
  /** Requests that create what this one works on. */
  readonly before?: readonly Step[]
  /** What is sent, where it is not the operation's example. */
  readonly body?: Body
  /** What TypeScript sends, where repeating the request of curl would fail. */
  readonly second?: Body
  /** Shell lines before it. */
  readonly shell?: string
  /** The environment variable that holds the token. */
  readonly token?: string
}

const CREATE: Step = ['followCreate', OPERATIONS.followCreate.example]
const SAVE_STAFF: Step = ['staffSave', OPERATIONS.staffSave.example]

const EXAMPLES: Partial<Record<OperationName, Example>> = {
  followGet: {
    before: [
      CREATE,
      ['followUpdate', { follow_id: ID, user_id: 'user123', follow_content: '客户改为周四答复' }],
    ],
    body: { follow_id: ID },
  },
  followUpdate: { before: [CREATE], body: { ...OPERATIONS.followUpdate.example, follow_id: ID } },
  followDelete: { before: [CREATE], body: { ...OPERATIONS.followDelete.example, follow_id: ID } },
  followRestore: {
    before: [CREATE, ['followDelete', { ...OPERATIONS.followDelete.example, follow_id: ID }]],
    body: { ...OPERATIONS.followRestore.example, follow_id: ID },
  },
  followTypeAdd: { second: { name: '线上演示' } },
  followTypeDelete: { before: [['followTypeAdd', { name: '直播' }]], body: { id: ID } },
  customFieldDelete: { before: [['customFieldSave', OPERATIONS.customFieldSave.example]] },
  staffLeave: { before: [SAVE_STAFF] },
  staffMove: { before: [SAVE_STAFF] },
  departmentMove: { before: [['departmentSave', OPERATIONS.departmentSave.example]] },
  directoryReplace: {
    shell: `genjin corp add directory --name 通讯录示例
genjin app add --corp directory --json > directory-app.json
export DIRECTORY_TOKEN=$(curl -sS "${SERVER}/openapi/access_token?appid=$(field appid < directory-app.json)&app_secret=$(field app_secret < directory-app.json)" | field access_token)`,
    token: 'DIRECTORY_TOKEN',
  },
}

/** The sections `### curl` and `### TypeScript` of an operation's page. */
export function exampleText(name: OperationName, language: Language): string {
  if (name === 'accessToken') return accessTokenText(language)
  const [curl, code] = [curlText(name), typescriptText(name)]
  const start = EXAMPLES[name]?.shell ? START_OWN : START
  return `${start[language]}\n\n### curl\n\n${curl}\n\n### TypeScript\n\n${code}`
}

const START = {
  zh: '以下示例使用 `npm start` 的演示企业；请先按[获取 access_token](access-token.md) 设置 `$TOKEN`。',
  en: 'The examples use the demo company of `npm start`; first set `$TOKEN` as described in [access_token](access-token.en.md).',
}

const START_OWN = {
  zh: '以下示例使用 `npm start` 的服务；请先按[获取 access_token](access-token.md) 定义 `field`。',
  en: 'The example uses the server of `npm start`; first define `field` as described in [access_token](access-token.en.md).',
}

function curlText(name: OperationName): string {
  const { before = [], shell, token = 'TOKEN', body } = EXAMPLES[name] ?? {}
  const setup = before.map(([operation, sent]) => {
    const call = curl(operation, sent, token, false)
    const key = ID_KEYS[operation]
    return key ? `ID=$(${call} | sed 's/.*"${key}":\\([0-9]*\\).*/\\1/')` : `${call} > /dev/null`
  })
  const blocks = [shell, setup.join('\n'), curl(name, body ?? exampleOf(name), token, true)]
  return blocks.flatMap((text) => (text ? [block('sh', text)] : [])).join('\n\n')
}

function exampleOf(name: OperationName): Body {
  return (OPERATIONS[name] as Operation).example ?? {}
}

function curl(name: OperationName, body: Body, token: string, keyed: boolean): string {
  const operation: Operation = OPERATIONS[name]
  const url = `${SERVER}${operation.path}?access_token=$${token}`
  if (operation.method === 'GET') return `curl -sS "${url}${queryOf(body)}"`
  const key = operation.keyed && keyed ? ['-H "Idempotency-Key: $(openssl rand -hex 16)"'] : []
  const data = JSON.stringify(body).replaceAll(`"${ID}"`, `'${ID}'`)
  return [`curl -sS -H 'Content-Type: application/json'`, ...key, `-d '${data}'`, `"${url}"`].join(' \\\n  ')
}

function queryOf(body: Body): string {
  return Object.entries(body)
    .map(([key, value]) => `&${key}=${value}`)
    .join('')
}

function typescriptText(name: OperationName): string {
  const { before = [], token = 'TOKEN', body, second } = EXAMPLES[name] ?? {}
  const operation: Operation = OPERATIONS[name]
  const sent = second ?? body ?? exampleOf(name)
  if (operation.method === 'GET') {
    return block(
      'ts',
      `const query = \`access_token=\${process.env.${token}}${queryOf(sent)}\`
const response = await fetch(\`${SERVER}${operation.path}?\${query}\`)
console.log(await response.text())`,
    )
  }
  if (before.length === 0) return block('ts', onePost(operation, sent, token))
  const steps = before.map(([step, body]) => {
    const call = `await post('${pathOf(step)}', ${literal(body)})`
    const key = ID_KEYS[step]
    if (key === undefined) return call
    return key === 'data'
      ? `const { data: id } = JSON.parse(${call})`
      : `const { id } = JSON.parse(${call}).data`
  })
  return block(
    'ts',
    `async function post(path: string, body: object): Promise<string> {
  const response = await fetch(\`${SERVER}/openapi/\${path}?access_token=\${process.env.${token}}\`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() },
    body: JSON.stringify(body),
  })
  return response.text()
}

${steps.join('\n')}
console.log(await post('${pathOf(name)}', ${literal(sent)}))`,
  )
}

function pathOf(name: OperationName): string {
  return OPERATIONS[name].path.slice('/openapi/'.length)
}

function onePost({ path, keyed }: Operation, body: Body, token: string): string {
  const key = keyed ? `, 'Idempotency-Key': crypto.randomUUID()` : ''
  return `const url = \`${SERVER}${path}?access_token=\${process.env.${token}}\`
const response = await fetch(url, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json'${key} },
  body: JSON.stringify(${literal(body, '  ')}),
})
console.log(await response.text())`
}

/** A value as TypeScript writes it, on one line where it fits. */
function literal(value: unknown, indent = ''): string {
  if (value === ID) return 'id'
  if (typeof value === 'string') return `'${value}'`
  if (typeof value !== 'object' || value === null) return String(value)
  const list = Array.isArray(value)
  const parts = list
    ? value.map((entry) => literal(entry, `${indent}  `))
    : Object.entries(value).map(([key, entry]) => property(key, literal(entry, `${indent}  `)))
  const line = list ? `[${parts.join(', ')}]` : `{ ${parts.join(', ')} }`
  if (!line.includes('\n') && line.length <= 90) return line
  const [open, close] = list ? ['[', ']'] : ['{', '}']
  return `${open}\n${parts.map((part) => `${indent}  ${part},\n`).join('')}${indent}${close}`
}

function property(key: string, value: string): string {
  return key === value ? key : `${key}: ${value}`
}

/** The page that the others build on: an app of the demo corp, and its token. */
function accessTokenText(language: Language): string {
  const text = {
    zh: [
      '保持 `npm start` 运行，在另一个终端中为演示企业新增一个应用（也可以使用 `npm start` 输出的 appid 与 app_secret）：',
      '获取凭证：',
      '保存凭证，供其他各页的示例使用：',
    ],
    en: [
      'Leave `npm start` running, and add an app to the demo company in another terminal (the appid and app_secret that `npm start` prints work too):',
      'Fetch a token:',
      'Store it for the examples of the other pages:',
    ],
  }[language]
  const call = `curl -sS "${SERVER}/openapi/access_token?appid=$APPID&app_secret=$SECRET"`
  const shell = [
    `export PATH="$PWD/node_modules/.bin:$PATH"
umask 077
genjin app add --corp demo --json > app.json
field() { sed -n "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/p"; }
export APPID=$(field appid < app.json)
export SECRET=$(field app_secret < app.json)`,
    call,
    `export TOKEN=$(${call} | field access_token)`,
  ].map((lines, index) => `${text[index]}\n\n${block('sh', lines)}`)
  const code = block(
    'ts',
    `const query = \`appid=\${process.env.APPID}&app_secret=\${process.env.SECRET}\`
const response = await fetch(\`${SERVER}/openapi/access_token?\${query}\`)
console.log(await response.text())`,
  )
  return `### curl\n\n${shell.join('\n\n')}\n\n### TypeScript\n\n${code}`
}
