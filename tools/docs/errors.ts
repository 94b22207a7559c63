import { ERRORS, type ErrorName } from '../../packages/contract/src/errors.ts'
import { OPERATIONS, type Operation, type OperationName } from '../../packages/contract/src/operations.ts'
import { WHEN } from './errors-text.ts'
import { ENDING, head, jsonBlock, kebab, LANGUAGES, type Language, prose, table } from './language.ts'
import type { Samples } from './pages.ts'

const WORDS = {
  zh: {
    heads: ['code', 'sub_code', 'HTTP', '含义', '处理'],
    meaning: '含义',
    sample: '返回示例',
    when: '什么时候出现',
    fix: '怎样处理',
    operations: '哪些接口',
    all: '全部接口，见[接口文档](../api/index.md)。',
    none: '不属于某个接口。',
    back: '全部错误码见[错误码](../errors.md)。',
    stop: '。',
    is: ' 是 ',
    comma: '，',
    join: '、',
  },
  en: {
    heads: ['code', 'sub_code', 'HTTP', 'Meaning', 'Way out'],
    meaning: 'Meaning',
    sample: 'Sample answer',
    when: 'When it happens',
    fix: 'Way out',
    operations: 'Operations',
    all: 'Every operation, see the [API reference](../api/index.en.md).',
    none: 'It belongs to no operation.',
    back: 'All error codes are in [errors](../errors.en.md).',
    stop: '.',
    is: ' ',
    comma: ', ',
    join: ', ',
  },
} as const

/** Path of an error's page, from docs. */
export function errorPath(name: ErrorName, language: Language): string {
  return `errors/${ERRORS[name].code}${ENDING[language]}`
}

/** The page of each error: path from the root of the repository → text. */
export function errorsPages(samples: Samples): [path: string, text: string][] {
  return LANGUAGES.flatMap((language) =>
    (Object.keys(ERRORS) as ErrorName[]).map((name): [string, string] => [
      `docs/${errorPath(name, language)}`,
      errorPage(name, samples, language),
    ]),
  )
}

function errorPage(name: ErrorName, samples: Samples, language: Language): string {
  const words = WORDS[language]
  const { code, subCode } = ERRORS[name]
  const sample = samples.errors[name]
  if (sample === undefined) throw new Error(`docs-samples.json has no answer of ${name}`)
  const { meaning, fix } = textsOf(name, language)
  return `${[
    head(String(code), String(code), language),
    words.back,
    `## ${words.meaning}`,
    `${sentence(meaning, language)}${words.stop}\n\n\`sub_code\`${words.is}\`${subCode}\`${words.comma}HTTP ${statusText(name, language)}${words.stop}`,
    `## ${words.sample}`,
    jsonBlock(sample),
    `## ${words.when}`,
    WHEN[name][language],
    `## ${words.fix}`,
    `${sentence(fix, language)}${words.stop}`,
    `## ${words.operations}`,
    operationsOf(name, language),
  ].join('\n\n')}\n`
}

/** Begun as a sentence is, unless it begins with a name of the wire: msg, appid, … */
function sentence(text: string, language: Language): string {
  if (language === 'zh' || /^(msg|appid|access_token|cursor)\b/.test(text)) return text
  return `${text[0]?.toUpperCase()}${text.slice(1)}`
}

function textsOf(name: ErrorName, language: Language): { meaning: string; fix: string } {
  const { zh, en, fixZh, fixEn } = ERRORS[name]
  return language === 'zh' ? { meaning: prose(zh), fix: prose(fixZh) } : { meaning: en, fix: fixEn }
}

/** 40001 has two more: for what was not sent in time, and for headers that are too large. */
function statusText(name: ErrorName, language: Language): string {
  if (name !== 'malformed') return String(ERRORS[name].status)
  return { zh: '400（408、431）', en: '400 (408, 431)' }[language]
}

function operationsOf(name: ErrorName, language: Language): string {
  const words = WORDS[language]
  const all = Object.entries(OPERATIONS) as [OperationName, Operation][]
  const answering = all.filter(([, { errors }]) => errors.includes(name))
  if (answering.length === all.length) return words.all
  if (answering.length === 0) return words.none
  const links = answering.map(
    ([operation, titles]) => `[${titles[language]}](../api/${kebab(operation)}${ENDING[language]})`,
  )
  return `${links.join(words.join)}${words.stop}`
}

/** The table of docs/errors: every error by code, linking to its page. */
export function errorTable(language: Language): string {
  const rows = (Object.keys(ERRORS) as ErrorName[])
    .sort((one, other) => ERRORS[one].code - ERRORS[other].code)
    .map((name) => {
      const { code, subCode } = ERRORS[name]
      const { meaning, fix } = textsOf(name, language)
      return [`[${code}](${errorPath(name, language)})`, subCode, statusText(name, language), meaning, fix]
    })
  return table(WORDS[language].heads, rows)
}

const BEGIN = '<!-- npm run docs -->'
const END = '<!-- /npm run docs -->'

/** A document of docs/errors with its table written anew. Throws when its markers are not there. */
export function withErrorTable(document: string, language: Language): string {
  const [before, rest = ''] = document.split(BEGIN)
  const after = rest.split(END)[1]
  if (after === undefined) throw new Error(`no ${BEGIN} and ${END} in docs/errors${ENDING[language]}`)
  return `${before}${BEGIN}\n${errorTable(language)}\n${END}${after}`
}
