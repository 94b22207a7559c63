import { ERRORS } from '../../packages/contract/src/errors.ts'
import { OPERATIONS, type Operation, type OperationName } from '../../packages/contract/src/operations.ts'
import { errorPath, errorsPages } from './errors.ts'
import { exampleText } from './examples.ts'
import { ENDING, head, jsonBlock, kebab, LANGUAGES, type Language, prose, table } from './language.ts'
import {
  descriptionOf,
  type Field,
  fieldAndInside,
  fieldsOf,
  limitsOf,
  type Schema,
  typeText,
} from './schema.ts'
import { ABOUT, GROUPS } from './text.ts'

/** Answers that the demo company gave to the examples, and that provoked errors got (test/docs/record-samples.ts). */
export interface Samples {
  readonly operations: Readonly<Record<string, unknown>>
  readonly errors: Readonly<Record<string, unknown>>
}

/** The pages of docs/api and docs/errors: path from the root of the repository → text. */
export function docsPages(samples: Samples): Map<string, string> {
  const pages = new Map(errorsPages(samples))
  for (const language of LANGUAGES) {
    pages.set(`docs/api/index${ENDING[language]}`, indexText(language))
    for (const name of Object.keys(OPERATIONS) as OperationName[]) {
      pages.set(`docs/api/${kebab(name)}${ENDING[language]}`, pageText(name, samples, language))
    }
  }
  return pages
}

const ORIGIN = {
  platform: { zh: '平台', en: 'platform' },
  ours: { zh: 'genjin 补充', en: 'added by genjin' },
}

const WORDS = {
  zh: {
    method: '请求方式',
    address: '请求地址',
    parameters: '参数',
    sample: '返回示例',
    fields: '返回说明',
    errors: '错误码',
    parameterHeads: ['参数', '必填', '类型', '说明'],
    fieldHeads: ['参数', '类型', '说明'],
    errorHeads: ['code', 'sub_code', 'HTTP', '含义', '处理'],
    indexHeads: ['接口', '地址', '来源'],
    yes: '是',
    no: '否',
    join: '；',
    stop: '。',
    from: '来源：',
    rules: '规则：',
    query: '（查询参数）',
    header: '（请求头）',
    token: '调用接口凭证；也可以用请求头 `Authorization: Bearer`（genjin 补充）',
    key: '同一个键只生效一次，24 小时内重试得到首次的应答；1 到 255 个可见 ASCII 字符',
    code: '返回码，0 表示成功',
    msg: '返回说明',
    subCode: '返回子码，成功为 00000',
    index: '接口文档',
    intro:
      '每个接口一页：请求方式、请求地址、参数、返回示例、返回说明、错误码，以及可以直接运行的 curl 与 TypeScript。从[获取 access_token](access-token.md) 开始；行为的细节见[行为规则](../rules.md)，全部错误码见[错误码](../errors.md)。\n\n“平台”是企微管家开放平台文档中的接口，保持一致；“genjin 补充”是平台没有、由 genjin 增加的。',
  },
  en: {
    method: 'Request method',
    address: 'Request address',
    parameters: 'Parameters',
    sample: 'Sample answer',
    fields: 'Answer fields',
    errors: 'Error codes',
    parameterHeads: ['Parameter', 'Required', 'Type', 'Meaning'],
    fieldHeads: ['Key', 'Type', 'Meaning'],
    errorHeads: ['code', 'sub_code', 'HTTP', 'Meaning', 'Way out'],
    indexHeads: ['Operation', 'Address', 'From'],
    yes: 'yes',
    no: 'no',
    join: '; ',
    stop: '.',
    from: 'From: ',
    rules: 'rules: ',
    query: ' (query)',
    header: ' (header)',
    token: 'the token; the header `Authorization: Bearer` will do as well (added by genjin)',
    key: 'one key has one effect: a retry within 24 hours gets the first answer; 1 to 255 visible ASCII characters',
    code: 'answer code, 0 is success',
    msg: 'the answer in words',
    subCode: 'sub code, 00000 is success',
    index: 'API reference',
    intro:
      'A page for each operation: method, address, parameters, a sample answer, its fields, error codes, and curl and TypeScript to run as they are. Begin with [access_token](access-token.en.md); how things behave in detail is in the [rules](../rules.en.md), all error codes are in [errors](../errors.en.md).\n\n“platform” is documented by the 企微管家 open platform and kept to the letter; “added by genjin” is what the platform does not have.',
  },
} as const

/** The title of an operation's page. */
export function titleOf(name: OperationName, language: Language): string {
  return OPERATIONS[name][language]
}

function indexText(language: Language): string {
  const words = WORDS[language]
  const groups = GROUPS.map(({ names, ...title }) => {
    const rows = names.map((name) => {
      const { method, path, origin } = OPERATIONS[name]
      const link = `[${titleOf(name, language)}](${kebab(name)}${ENDING[language]})`
      return [link, `\`${method} ${path}\``, ORIGIN[origin][language]]
    })
    return `## ${title[language]}\n\n${table(words.indexHeads, rows)}`
  })
  return `${[head(words.index, 'index', language), words.intro, ...groups].join('\n\n')}\n`
}

function pageText(name: OperationName, samples: Samples, language: Language): string {
  const words = WORDS[language]
  const operation: Operation = OPERATIONS[name]
  const { text, rules, section } = ABOUT[name]
  const rulesLink = `[${rules}](../rules${ENDING[language]}#${section[language]})`
  const sample = samples.operations[name]
  if (sample === undefined) throw new Error(`docs-samples.json has no answer of ${name}`)
  return `${[
    head(titleOf(name, language), kebab(name), language),
    `${words.from}${ORIGIN[operation.origin][language]}${words.join}${words.rules}${rulesLink}${words.stop}`,
    text[language],
    `## ${words.method}`,
    `\`${operation.method}\``,
    `## ${words.address}`,
    `\`${operation.path}\``,
    `## ${words.parameters}`,
    table(words.parameterHeads, parameterRows(operation, language)),
    exampleText(name, language),
    `## ${words.sample}`,
    jsonBlock(sample),
    `## ${words.fields}`,
    table(words.fieldHeads, answerRows(operation, language)),
    `## ${words.errors}`,
    table(words.errorHeads, errorRows(operation, language)),
  ].join('\n\n')}\n`
}

function parameterRows(operation: Operation, language: Language): string[][] {
  const words = WORDS[language]
  const mark = ORIGIN.ours[language]
  const rows = fieldsOf((operation.body ?? operation.query) as Schema).map((field) => [
    `\`${field.path}\``,
    field.required ? words.yes : words.no,
    typeText(field, language),
    [
      descriptionOf(field, language),
      ...limitsOf(field.schema, language),
      ...(field.ours && operation.origin === 'platform' ? [mark] : []),
    ].join(words.join),
  ])
  if (operation.auth) {
    rows.unshift([`\`access_token\`${words.query}`, words.yes, 'string', words.token])
  }
  if (operation.keyed) {
    const key = [words.key, ...(operation.origin === 'ours' ? [] : [mark])].join(words.join)
    rows.push([`\`Idempotency-Key\`${words.header}`, words.no, 'string', key])
  }
  return rows
}

function answerRows(operation: Operation, language: Language): string[][] {
  const words = WORDS[language]
  const data = fieldAndInside('data', operation.data as Schema, true).map((field: Field) => [
    `\`${field.path}\``,
    typeText(field, language),
    [descriptionOf(field, language), ...limitsOf(field.schema, language)].join(words.join),
  ])
  return [
    ['`code`', 'int32', words.code],
    ['`msg`', 'string', words.msg],
    ...data,
    ['`sub_code`', 'string', words.subCode],
  ]
}

function errorRows(operation: Operation, language: Language): string[][] {
  const names = [...operation.errors].sort((one, other) => ERRORS[one].code - ERRORS[other].code)
  return names.map((name) => {
    const error = ERRORS[name]
    const [meaning, fix] = { zh: [prose(error.zh), prose(error.fixZh)], en: [error.en, error.fixEn] }[
      language
    ]
    const link = `[${error.code}](../${errorPath(name, language)})`
    return [link, error.subCode, String(error.status), meaning as string, fix as string]
  })
}
