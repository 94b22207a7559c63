import {
  isApp,
  OPERATIONS,
  type Operation,
  type OperationName,
} from '../../packages/contract/src/operations.ts'
import { block, type Language } from './language.ts'

/** The server of `npm start`. */
const SERVER = 'http://127.0.0.1:8787'

type Body = Readonly<Record<string, unknown>>

/** Stands in a body for the ID that the step before returned. */
const ID = '$ID'

/** Operations whose response gives the next step its ID, and the key that the ID stands under: of an app it is text. */
const ID_KEYS: Partial<Record<OperationName, 'data' | 'id' | 'appid'>> = {
  followCreate: 'data',
  followTypeAdd: 'id',
  appCreate: 'appid',
}

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
const CREATE_APP: Step = ['appCreate', OPERATIONS.appCreate.example]
const INVITE: Step = ['personInvite', OPERATIONS.personInvite.example]
const SAVE_STAFF: Step = ['staffSave', OPERATIONS.staffSave.example]

/** Signs in to the demo company and answers with the cookie in its headers. */
function demoSignIn(role: string): string {
  return `curl -sS -D - -o sign-in.log -H 'Content-Type: application/json' -H 'Origin: ${SERVER}' \\
  -d '{"role":"${role}"}' "${SERVER}/sign-in/demo"`
}

/** The same, where nobody needs the cookie. */
function demoSignInElsewhere(role: string): string {
  return `${demoSignIn(role)} > /dev/null`
}

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
  meSessionEnd: { shell: demoSignInElsewhere('admin') },
  mePassword: {
    second: {
      old_password: OPERATIONS.mePassword.example.new_password,
      new_password: '十月的山上有七座亭子',
    },
  },
  personRole: { before: [INVITE] },
  personDisable: { before: [INVITE] },
  personSessionList: { shell: demoSignInElsewhere('staff'), body: { user_id: 'user123' } },
  personSessionEnd: { shell: demoSignInElsewhere('staff'), body: { user_id: 'user123' } },
  appRename: { before: [CREATE_APP], body: { appid: ID, label: '月度报表' } },
  appRotate: { before: [CREATE_APP], body: { appid: ID, old_secret_hours: 48 } },
  appRevoke: { before: [CREATE_APP], body: { appid: ID } },
}

/** Operations that need an authenticator: shown as a page in the browser uses them. */
export const BROWSER_EXAMPLES: Partial<Record<OperationName, string>> = {
  mePasskeyAdd: `const { options, challenge } = await post('me/passkey/begin', {})
const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
const credential = await navigator.credentials.create({ publicKey })
console.log(await post('me/passkey/add', { name: '我的手机', challenge, response: credential.toJSON() }))`,
  mePasskeyRemove: `const { person } = await post('me', {})
console.log(await post('me/passkey/remove', { id: person.passkeys[0].id }))`,
}

const BROWSER_POST = `async function post(path, body) {
  const response = await fetch(\`/openapi/\${path}\`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  const { code, msg, data } = await response.json()
  if (code !== 0) throw new Error(msg)
  return data
}`

/** Whether people alone may call it, so that its examples carry the cookie of a session. */
function isOfPeople(name: OperationName): boolean {
  const { callers }: Operation = OPERATIONS[name]
  return callers.length > 0 && !callers.some(isApp)
}

/** The sections `### curl` and `### TypeScript` of an operation's page. */
export function exampleText(name: OperationName, language: Language): string {
  if (name === 'accessToken') return accessTokenText(language)
  const browser = BROWSER_EXAMPLES[name]
  if (browser) return `${START_BROWSER[language]}\n\n${block('js', `${BROWSER_POST}\n\n${browser}`)}`
  const [curl, code] = [curlText(name), typescriptText(name)]
  if (name === 'me') return `${meText(language)}\n\n${curl}\n\n### TypeScript\n\n${code}`
  const start = isOfPeople(name) ? START_PERSON : EXAMPLES[name]?.shell ? START_OWN : START
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

const START_PERSON = {
  zh: '以下示例以演示企业的管理员登录；请先按[我是谁](me.md)设置 `$SESSION`。',
  en: 'The examples are those of the administrator of the demo company; first set `$SESSION` as described in [me](me.en.md).',
}

const START_BROWSER = {
  zh: '通行密钥由浏览器与设备产生，以下代码用在服务自己的页面上，登录的 Cookie 由浏览器带上：',
  en: 'Browser and device make passkeys: this is for a page of the server itself, where the browser sends the cookie of the session.',
}

function curlText(name: OperationName): string {
  const { before = [], shell, token = 'TOKEN', body } = EXAMPLES[name] ?? {}
  const setup = before.map(([operation, sent]) => {
    const call = curl(operation, sent, token, false)
    const key = ID_KEYS[operation]
    if (key === 'appid') return `ID=$(${call} | field appid)`
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
  const isPerson = isOfPeople(name) || name === 'me'
  const url = `${SERVER}${operation.path}${isPerson ? '' : `?access_token=$${token}`}`
  const who = isPerson ? [`-H "Cookie: $SESSION" -H 'Origin: ${SERVER}'`] : []
  if (operation.method === 'GET') return `curl -sS "${url}${queryOf(body)}"`
  const key = operation.keyed && keyed ? ['-H "Idempotency-Key: $(openssl rand -hex 16)"'] : []
  const id = 'appid' in body ? `"'${ID}'"` : `'${ID}'`
  const data = JSON.stringify(body).replaceAll(`"${ID}"`, id)
  return [`curl -sS -H 'Content-Type: application/json'`, ...who, ...key, `-d '${data}'`, `"${url}"`].join(
    ' \\\n  ',
  )
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
  const isPerson = isOfPeople(name) || name === 'me'
  if (before.length === 0) return block('ts', onePost(operation, sent, isPerson ? undefined : token))
  const steps = before.map(([step, body]) => {
    const call = `await post('${pathOf(step)}', ${literal(body)})`
    const key = ID_KEYS[step]
    if (key === undefined) return call
    if (key === 'data') return `const { data: id } = JSON.parse(${call})`
    return `const { ${key === 'id' ? 'id' : `${key}: id`} } = JSON.parse(${call}).data`
  })
  const keyed = operation.keyed || before.some(([step]) => (OPERATIONS[step] as Operation).keyed)
  const query = isPerson ? '' : `?access_token=\${process.env.${token}}`
  return block(
    'ts',
    `async function post(path: string, body: object): Promise<string> {
  const response = await fetch(\`${SERVER}/openapi/\${path}${query}\`, {
    method: 'POST',
    headers: ${headersText(keyed === true, isPerson, '    ')},
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

/** Headers of a POST; without a token the cookie of a session, and where the page is that the request comes from. */
function headersText(keyed: boolean, isPerson: boolean, indent: string): string {
  const person = ["Cookie: process.env.SESSION ?? ''", `Origin: '${SERVER}'`]
  const parts = [
    `'Content-Type': 'application/json'`,
    ...(isPerson ? person : []),
    ...(keyed ? [`'Idempotency-Key': crypto.randomUUID()`] : []),
  ]
  if (!isPerson) return `{ ${parts.join(', ')} }`
  return `{\n${parts.map((part) => `${indent}  ${part},\n`).join('')}${indent}}`
}

/** @param token the environment variable that holds it; undefined: a person's session is used */
function onePost({ path, keyed }: Operation, body: Body, token: string | undefined): string {
  const url = `${SERVER}${path}`
  return `const url = ${token === undefined ? `'${url}'` : `\`${url}?access_token=\${process.env.${token}}\``}
const response = await fetch(url, {
  method: 'POST',
  headers: ${headersText(keyed === true, token === undefined, '  ')},
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
  if (parts.length === 0) return list ? '[]' : '{}'
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

/** The page that those for people build on: the session of the demo company's administrator. */
function meText(language: Language): string {
  const text = {
    zh: [
      '应用带着 access_token 调用，得到的是应用自己；以下示例以登录的人员调用。演示企业可以一键登录；其他企业在浏览器中打开 `/sign-in`，见[人员与登录](../people.md)。保持 `npm start` 运行，以演示企业的管理员登录，并保存 Cookie，供其他各页的示例使用：',
      '服务只接受自己页面的请求，因此程序须带上 `Origin`：',
    ],
    en: [
      'An app calls it with its access_token and is told about itself; the examples are those of a person. The demo company has sign-in by one press; for others open `/sign-in` in a browser, see [people](../people.en.md). Leave `npm start` running, sign in as the administrator of the demo company, and store the cookie for the examples of the other pages:',
      'A session is taken from pages of the server itself only, so a program sends `Origin`:',
    ],
  }[language]
  const signIn = `export SESSION=$(${demoSignIn('admin')} | sed -n 's/^[Ss]et-[Cc]ookie: \\([^;]*\\).*/\\1/p')`
  return `### curl\n\n${text[0]}\n\n${block('sh', signIn)}\n\n${text[1]}`
}
