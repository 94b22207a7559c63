import { readFileSync } from 'node:fs'
import {
  CALLER_NAMES,
  CALLERS,
  isApp,
  OPERATIONS,
  type Operation,
  type OperationName,
  ORIGINS,
} from '../../packages/contract/src/operations.ts'
import { errorPages, errorTable } from './errors.ts'
import { exampleText } from './examples.ts'
import { ENDING, head, jsonBlock, kebab, LANGUAGES, type Language, slugOf, table } from './language.ts'
import type { Samples } from './samples.ts'
import { descriptionOf, fieldAndInside, fieldsOf, limitsOf, type Schema, typeText } from './schema.ts'
import { type About, GROUPS } from './text.ts'

/** The pages of docs/api and docs/errors: path from the root of the repository → text. */
export function docsPages(samples: Samples): Map<string, string> {
  const pages = new Map(errorPages(samples))
  for (const language of LANGUAGES) {
    pages.set(`docs/api/index${ENDING[language]}`, indexPage(language))
    for (const [name, about] of GROUPS.flatMap(entriesOf)) {
      pages.set(`docs/api/${kebab(name)}${ENDING[language]}`, operationPage(name, about, samples, language))
    }
  }
  return pages
}

export function entriesOf({ operations }: (typeof GROUPS)[number]): [OperationName, About][] {
  return Object.entries(operations) as [OperationName, About][]
}

export const PAGE_WORDS = {
  from: { zh: '来源：', en: 'From: ' },
  callers: { zh: '可调用：', en: 'open to: ' },
  everyone: { zh: '全部应用与人员', en: 'all apps and people' },
  rules: { zh: '；规则：', en: '; rules: ' },
  list: { zh: '、', en: ', ' },
  join: { zh: '；', en: '; ' },
  stop: { zh: '。', en: '.' },
  method: { zh: '请求方式', en: 'Request method' },
  address: { zh: '请求地址', en: 'Request address' },
  parameters: { zh: '参数', en: 'Parameters' },
  parameterHeads: { zh: ['参数', '必填', '类型', '说明'], en: ['Parameter', 'Required', 'Type', 'Meaning'] },
  yes: { zh: '是', en: 'yes' },
  no: { zh: '否', en: 'no' },
  tokenName: { zh: '`access_token`（查询参数）', en: '`access_token` (query)' },
  token: {
    zh: '访问凭证；也可以用请求头 `Authorization: Bearer`；登录的人员不用它，由浏览器带上登录的 Cookie（genjin 补充）',
    en: 'access token; the header `Authorization: Bearer` works too; for a person who has signed in, the browser sends the cookie of the session instead (added by genjin)',
  },
  cookieName: { zh: '`Cookie`（请求头）', en: '`Cookie` (header)' },
  cookie: {
    zh: '登录的 Cookie，由浏览器带上，见[人员与登录](../people.md)',
    en: 'cookie of the session, sent by the browser; see [people](../people.en.md)',
  },
  keyName: { zh: '`Idempotency-Key`（请求头）', en: '`Idempotency-Key` (header)' },
  key: {
    zh: '同一个键只生效一次，24 小时内重试返回首次的结果；1 到 255 个可见 ASCII 字符',
    en: 'a key takes effect once: a retry within 24 hours gets the first response; 1 to 255 visible ASCII characters',
  },
  sample: { zh: '返回示例', en: 'Sample response' },
  fields: { zh: '返回说明', en: 'Response fields' },
  fieldHeads: { zh: ['字段', '类型', '说明'], en: ['Field', 'Type', 'Meaning'] },
  code: { zh: '返回码，0 表示成功', en: 'return code, 0 for success' },
  msg: { zh: '返回说明', en: 'the result in words (Chinese)' },
  subCode: { zh: '返回子码，成功为 00000', en: 'sub code, 00000 for success' },
  errors: { zh: '错误码', en: 'Error codes' },
  eitherType: { zh: '数字或字符串均可', en: 'as a number or a string' },
  index: { zh: '接口文档', en: 'API reference' },
  indexHeads: { zh: ['接口', '地址', '来源'], en: ['Operation', 'Address', 'From'] },
  intro: {
    zh: '每个接口一页：谁可以调用、请求方式、请求地址、参数、返回示例、返回说明、错误码，以及可以直接运行的 curl 与 TypeScript 示例。请从[获取 access_token](access-token.md) 开始；行为细节见[行为规则](../rules.md)，全部错误码见[错误码](../errors.md)。\n\n“平台接口”是企微管家开放平台文档中的接口，与平台保持一致；“genjin 补充”是平台没有、由 genjin 增加的接口。',
    en: 'One page per operation: who may call it, method, address, parameters, a sample response, its fields, error codes, and curl and TypeScript examples that run as they are. Start with [access_token](access-token.en.md); the [rules](../rules.en.md) describe the behaviour in detail, and [errors](../errors.en.md) lists all error codes.\n\n“platform” marks operations documented by the 企微管家 open platform, which genjin follows exactly; “added by genjin” marks those that the platform does not have.',
  },
} as const

function indexPage(language: Language): string {
  const groups = GROUPS.map((group) => {
    const rows = entriesOf(group).map(([name]) => {
      const { method, path, origin, [language]: title } = OPERATIONS[name]
      const link = `[${title}](${kebab(name)}${ENDING[language]})`
      return [link, `\`${method} ${path}\``, ORIGINS[origin][language]]
    })
    return `## ${group[language]}\n\n${table(PAGE_WORDS.indexHeads[language], rows)}`
  })
  return `${[head(PAGE_WORDS.index[language], 'index', language), PAGE_WORDS.intro[language], ...groups].join('\n\n')}\n`
}

function operationPage(name: OperationName, about: About, samples: Samples, language: Language): string {
  const word = (key: keyof typeof PAGE_WORDS) => PAGE_WORDS[key][language]
  const operation: Operation = OPERATIONS[name]
  const sample = samples.operations[name]
  if (sample === undefined) throw new Error(`samples.json has no response of ${name}`)
  const origin = ORIGINS[operation.origin][language]
  return `${[
    head(operation[language], kebab(name), language),
    `${word('from')}${[origin, callersText(operation, language)].filter(Boolean).join(PAGE_WORDS.join[language])}${word('rules')}${rulesLink(about.rules, language)}${word('stop')}`,
    about[language],
    `## ${word('method')}`,
    `\`${operation.method}\``,
    `## ${word('address')}`,
    `\`${operation.path}\``,
    `## ${word('parameters')}`,
    table(PAGE_WORDS.parameterHeads[language], parameterRows(operation, language)),
    exampleText(name, language),
    `## ${word('sample')}`,
    jsonBlock(sample),
    `## ${word('fields')}`,
    table(PAGE_WORDS.fieldHeads[language], responseRows(operation, language)),
    `## ${word('errors')}`,
    errorTable(operation.errors, '../errors/', language),
  ].join('\n\n')}\n`
}

/** Who may call an operation; nothing where no token is required. */
export function callersText({ callers }: Operation, language: Language): string {
  if (callers.length === 0) return ''
  const names = callers.map((caller) => CALLER_NAMES[caller][language])
  const all = callers.length === CALLERS.length
  const who = all ? PAGE_WORDS.everyone[language] : names.join(PAGE_WORDS.list[language])
  return `${PAGE_WORDS.callers[language]}${who}`
}

/** A link to the section of docs/rules that the first of the rules stands in. */
function rulesLink(rules: string, language: Language): string {
  const path = `docs/rules${ENDING[language]}`
  const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  const [first] = rules.split('–')
  const before = text.split(`\n### ${first} `)
  const section = /.*\n## ([^\n]+)\n/s.exec(before[0] as string)?.[1]
  if (before.length !== 2 || section === undefined) throw new Error(`${path} has no rule ${first}`)
  return `[${rules}](../rules${ENDING[language]}#${slugOf(section)})`
}

export function parameterRows(operation: Operation, language: Language): string[][] {
  const ours = ORIGINS.ours[language]
  const join = (texts: string[]) => texts.join(PAGE_WORDS.join[language])
  const isPlatform = operation.origin === 'platform'
  const rows = fieldsOf((operation.body ?? operation.query) as Schema).map((field) => [
    `\`${field.path}\``,
    PAGE_WORDS[field.required ? 'yes' : 'no'][language],
    typeText(field, language),
    join([
      descriptionOf(field, language),
      ...limitsOf(field.schema, language),
      ...(isId(field.schema.items ?? field.schema) ? [PAGE_WORDS.eitherType[language]] : []),
      ...(field.ours && isPlatform ? [ours] : []),
    ]),
  ])
  if (operation.auth) {
    const [name, text] = operation.callers.some(isApp)
      ? (['tokenName', 'token'] as const)
      : (['cookieName', 'cookie'] as const)
    const cell = (key: keyof typeof PAGE_WORDS) => PAGE_WORDS[key][language] as string
    rows.unshift([cell(name), cell('yes'), 'string', cell(text)])
  }
  if (operation.keyed) {
    const text = join([PAGE_WORDS.key[language], ...(isPlatform ? [ours] : [])])
    rows.push([PAGE_WORDS.keyName[language], PAGE_WORDS.no[language], 'string', text])
  }
  return rows
}

/** 64-bit integers that a double may not hold (C6). */
function isId({ type, format, 'x-unit': unit }: Schema): boolean {
  return type === 'integer' && format === 'int64' && unit === undefined
}

export function responseRows(operation: Operation, language: Language): string[][] {
  const data = fieldAndInside('data', operation.data as Schema, true).map((field) => [
    `\`${field.path}\``,
    typeText(field, language),
    [descriptionOf(field, language), ...limitsOf(field.schema, language)].join(PAGE_WORDS.join[language]),
  ])
  return [
    ['`code`', 'int32', PAGE_WORDS.code[language]],
    ['`msg`', 'string', PAGE_WORDS.msg[language]],
    ...data,
    ['`sub_code`', 'string', PAGE_WORDS.subCode[language]],
  ]
}
