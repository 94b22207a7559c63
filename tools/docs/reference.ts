import type { ErrorName } from '../../packages/contract/src/errors.ts'
import { ERRORS } from '../../packages/contract/src/errors.ts'
import {
  isApp,
  OPERATIONS,
  type Operation,
  type OperationName,
  ORIGINS,
} from '../../packages/contract/src/operations.ts'
import { pretty } from '../../packages/server/src/http/reference/json-text.js'
import { ERROR_WORDS, errorRows } from './errors.ts'
import { WHEN } from './errors-text.ts'
import { LANGUAGES, type Language } from './language.ts'
import { callersText, entriesOf, PAGE_WORDS, parameterRows, responseRows } from './pages.ts'
import type { Samples } from './samples.ts'
import { type About, GROUPS } from './text.ts'

const FOLDER = 'packages/server/src/http/reference/'

/** The page /docs in each language: path from the root of the repository → text. */
export function referencePages(samples: Samples): [path: string, text: string][] {
  return LANGUAGES.map((language) => [
    `${FOLDER}${language === 'zh' ? 'index' : 'index.en'}.html`,
    page(samples, language),
  ])
}

const WORDS = {
  lang: { zh: 'zh-CN', en: 'en' },
  title: { zh: '接口文档', en: 'API reference' },
  skip: { zh: '跳到正文', en: 'Skip to content' },
  other: { zh: 'English', en: '中文' },
  search: { zh: '搜索接口、字段、错误码', en: 'Search operations, fields, errors' },
  contents: { zh: '目录', en: 'Contents' },
  intro: {
    zh: '与企微管家开放平台一致的跟进记录接口。“genjin 补充”是平台没有、由 genjin 增加的接口。HTTP 状态码一般为 200，请以 `code` 判断是否成功。64 位整数（如跟进ID）可能大于 2^53：请求中可以写成字符串，返回的是不带引号的数字，本页原样显示。',
    en: 'The follow-up API of the 企微管家 open platform; “added by genjin” marks what the platform does not have. The HTTP status is 200 as a rule: check `code`. 64-bit integers, such as follow-up IDs, may exceed 2^53: requests may write them as strings, responses hold bare numbers, and this page shows them digit for digit.',
  },
  signIn: { zh: '登录', en: 'Sign in' },
  signInHint: {
    zh: '登录后可以在本页发送请求。appid 与 app_secret 只保存在这个标签页，关闭即清除。',
    en: 'Sign in to send requests from this page. appid and app_secret are kept in this tab only, until it is closed.',
  },
  signOut: { zh: '退出', en: 'Sign out' },
  body: { zh: '请求体（JSON）', en: 'Body (JSON)' },
  query: { zh: '查询参数', en: 'Query' },
  key: { zh: 'Idempotency-Key（可选）', en: 'Idempotency-Key (optional)' },
  send: { zh: '发送', en: 'Send' },
  writes: { zh: '会修改数据', en: 'changes data' },
  people: {
    zh: '由登录的人员调用：先在<a href="/sign-in">登录页</a>登录，浏览器随请求带上登录的 Cookie。',
    en: 'For people: sign in at <a href="/sign-in">the sign-in page</a> first; the browser sends the cookie of the session.',
  },
  samples: { zh: '代码示例', en: 'Code samples' },
  copy: { zh: '复制', en: 'Copy' },
  language: { zh: '语言', en: 'Language' },
  errors: { zh: '错误码', en: 'Errors' },
  when: { zh: '出现原因', en: 'When it happens' },
} as const satisfies Record<string, Record<Language, string>>

/** Languages of the samples, in the order of their buttons (samples.js). */
const SAMPLES = ['curl', 'TypeScript', 'Python']

function page(samples: Samples, language: Language): string {
  const word = (name: keyof typeof WORDS) => WORDS[name][language]
  const sections = GROUPS.flatMap((group) =>
    entriesOf(group).map(([name, about]) => operationSection(name, about, samples, language)),
  )
  return `<!doctype html>
<html lang="${word('lang')}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>genjin 跟进 · ${word('title')}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/reference.css">
<script type="module" src="/docs/reference.js"></script>
</head>
<body>
<a class="skip" href="#content">${word('skip')}</a>
<header>
<h1>genjin 跟进 <small>${word('title')}</small></h1>
<label class="search"><span class="sr">${word('search')}</span><input id="search" type="search" placeholder="${word('search')}" autocomplete="off"></label>
<p class="links"><a href="${language === 'zh' ? '/docs/en' : '/docs'}" lang="${language === 'zh' ? 'en' : 'zh-CN'}">${word('other')}</a> <a href="/openapi.json">OpenAPI</a></p>
</header>
<div class="layout">
<nav aria-label="${word('contents')}">
<p id="found" role="status"></p>
<details open>
<summary>${word('contents')}</summary>
${contents(language)}
</details>
</nav>
<main id="content">
<p class="intro">${inline(word('intro'))}</p>
${signIn(language)}
${sections.join('\n')}
${errorSection(language)}
</main>
</div>
</body>
</html>
`
}

function contents(language: Language): string {
  const groups = GROUPS.map((group) => {
    const links = entriesOf(group).map(
      ([name]) => `<li><a href="#${name}">${escaped(OPERATIONS[name][language])}</a></li>`,
    )
    return `<p>${escaped(group[language])}</p>\n<ul>\n${links.join('\n')}\n</ul>`
  })
  return [...groups, `<p><a href="#errors">${WORDS.errors[language]}</a></p>`].join('\n')
}

function signIn(language: Language): string {
  const word = (name: keyof typeof WORDS) => WORDS[name][language]
  return `<section class="access" aria-label="${word('signIn')}">
<form id="sign-in">
<p>${word('signInHint')}</p>
<label>appid <input name="appid" required autocomplete="off" spellcheck="false"></label>
<label>app_secret <input name="app_secret" type="password" required autocomplete="off"></label>
<button type="submit">${word('signIn')}</button>
<p id="sign-in-told" role="alert"></p>
</form>
<p class="signed"><span id="signed-in" role="status"></span> <button id="sign-out" type="button">${word('signOut')}</button></p>
</section>`
}

function operationSection(name: OperationName, about: About, samples: Samples, language: Language): string {
  const operation: Operation = OPERATIONS[name]
  const { method, path, keyed, secret, auth, origin, callers } = operation
  const ofPeople = auth && !callers.some(isApp)
  const flags = `${keyed ? ' data-keyed' : ''}${auth ? ' data-auth' : ''}${ofPeople ? ' data-session' : ''}`
  const page = (key: keyof typeof PAGE_WORDS) => PAGE_WORDS[key][language]
  return `<section class="operation" id="${name}" data-method="${method}" data-path="${path}"${flags}>
<h2><a href="#${name}">${escaped(operation[language])}</a></h2>
<p class="address"><b>${method}</b> <code>${path}</code> <span class="tag ${origin}">${ORIGINS[origin][language]}</span>${keyed || secret ? ` <span class="tag">${WORDS.writes[language]}</span>` : ''}</p>
<p>${inline(about[language])}${callersSentence(operation, language)}</p>
<h3>${page('parameters')}</h3>
${table(PAGE_WORDS.parameterHeads[language], parameterRows(operation, language))}
${ofPeople ? `<p>${WORDS.people[language]}</p>` : ''}
${auth ? tryForm(name, operation, language) : ''}
${ofPeople ? '' : sampleBox(language)}
<details>
<summary>${page('sample')}</summary>
<pre tabindex="0"><code>${escaped(pretty(JSON.stringify(samples.operations[name])))}</code></pre>
</details>
<details>
<summary>${page('fields')}</summary>
${table(PAGE_WORDS.fieldHeads[language], responseRows(operation, language))}
</details>
<details>
<summary>${page('errors')}</summary>
${table(ERROR_WORDS.heads[language], errorRows(operation.errors, '', language))}
</details>
</section>`
}

function callersSentence(operation: Operation, language: Language): string {
  const text = callersText(operation, language)
  if (text === '') return ''
  const [space, stop] = { zh: ['', '。'], en: [' ', '.'] }[language]
  return `${space}${text.charAt(0).toUpperCase()}${text.slice(1)}${stop}`
}

function tryForm(name: OperationName, operation: Operation, language: Language): string {
  const word = (key: keyof typeof WORDS) => WORDS[key][language]
  const { method, keyed, example = {} } = operation
  const isGet = method === 'GET'
  const input = isGet
    ? Object.entries(example)
        .map(([key, value]) => `${key}=${value}`)
        .join('&')
    : pretty(JSON.stringify(example))
  const key = `<label>${word('key')} <input class="key" autocomplete="off" spellcheck="false" maxlength="255"></label>\n`
  return `<form class="try">
<label for="${name}-input">${word(isGet ? 'query' : 'body')}</label>
<textarea id="${name}-input" rows="${input.split('\n').length}" spellcheck="false">
${escaped(input)}</textarea>
${keyed ? key : ''}<button type="submit">${word('send')}</button>
<p class="told" role="status"></p>
<pre class="answer" tabindex="0" hidden></pre>
</form>`
}

function sampleBox(language: Language): string {
  const buttons = SAMPLES.map(
    (name, index) =>
      `<button type="button" data-language="${name}" aria-pressed="${index === 0}">${name}</button>`,
  )
  return `<div class="samples" role="group" aria-label="${WORDS.samples[language]}">
<p>${buttons.join(' ')} <button type="button" class="copy">${WORDS.copy[language]}</button></p>
<pre tabindex="0"><code></code></pre>
</div>`
}

function errorSection(language: Language): string {
  const names = Object.keys(ERRORS) as ErrorName[]
  const entries = names
    .toSorted((one, other) => ERRORS[one].code - ERRORS[other].code)
    .map((name) => {
      const [[, subCode, status, meaning, fix] = []] = errorRows([name], '', language)
      const { code } = ERRORS[name]
      return `<dt id="error-${code}"><b>${code}</b> <code>${subCode}</code> HTTP ${status}</dt>
<dd><p>${inline(meaning as string)}</p><p>${inline(WHEN[name][language])}</p><p>${ERROR_WORDS.fix[language]}${language === 'zh' ? '：' : ': '}${inline(fix as string)}</p></dd>`
    })
  return `<section id="errors">
<h2><a href="#errors">${WORDS.errors[language]}</a></h2>
<dl>
${entries.join('\n')}
</dl>
</section>`
}

/** A table whose cells are inline Markdown. On a narrow screen each row is a block, with the heads before its cells. */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[]) =>
    row.map((cell, index) =>
      index === 0
        ? `<th scope="row">${inline(cell)}</th>`
        : `<td data-head="${escaped(heads[index] as string)}">${inline(cell)}</td>`,
    )
  const head = heads.map((text) => `<th scope="col">${escaped(text)}</th>`).join('')
  const body = rows.map((row) => `<tr>${cells(row).join('')}</tr>`)
  return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body.join('\n')}\n</tbody>\n</table>`
}

const CODES: ReadonlySet<string> = new Set(Object.values(ERRORS).map(({ code }) => String(code)))
const BY_FILE = new Map(Object.keys(OPERATIONS).map((name) => [name.toLowerCase(), name]))

/** Inline Markdown as HTML: code, and links to operations and errors of this page; other documents are not served. */
function inline(text: string): string {
  return escaped(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\[([^\]]+)\]\(([^)]+)\)/g, (_all, label: string, link: string) => {
      const file = link
        .replace(/#.*/, '')
        .replace(/^.*\//, '')
        .replace(/(\.en)?\.md$/, '')
      const name = BY_FILE.get(file.replaceAll('-', ''))
      const anchor = CODES.has(file) ? `error-${file}` : name
      return anchor === undefined ? label : `<a href="#${anchor}">${label}</a>`
    })
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
