import { ERRORS, type ErrorName } from '../../packages/contract/src/errors.ts'
import { OPERATIONS, type Operation } from '../../packages/contract/src/operations.ts'
import { WHEN } from './errors-text.ts'
import { ENDING, head, jsonBlock, kebab, LANGUAGES, type Language, table } from './language.ts'
import type { Samples } from './samples.ts'

export const ERROR_WORDS = {
  heads: {
    zh: ['code', 'sub_code', 'HTTP', '含义', '处理'],
    en: ['code', 'sub_code', 'HTTP', 'Meaning', 'What to do'],
  },
  back: { zh: '全部错误码见[错误码](../errors.md)。', en: 'All error codes: [errors](../errors.en.md).' },
  meaning: { zh: '含义', en: 'Meaning' },
  sample: { zh: '返回示例', en: 'Sample response' },
  when: { zh: '出现原因', en: 'When it happens' },
  fix: { zh: '处理办法', en: 'What to do' },
  operations: { zh: '涉及接口', en: 'Operations' },
  all: {
    zh: '全部接口，见[接口文档](../api/index.md)。',
    en: 'Every operation; see the [API reference](../api/index.en.md).',
  },
  none: { zh: '不属于任何接口。', en: 'It belongs to no operation.' },
  stop: { zh: '。', en: '.' },
  join: { zh: '、', en: ', ' },
} as const

const NAMES = Object.keys(ERRORS) as ErrorName[]

/** The page of each error: path from the root of the repository → text. */
export function errorPages(samples: Samples): [path: string, text: string][] {
  return LANGUAGES.flatMap((language) =>
    NAMES.map((name): [string, string] => [
      `docs/errors/${ERRORS[name].code}${ENDING[language]}`,
      errorPage(name, samples, language),
    ]),
  )
}

function errorPage(name: ErrorName, samples: Samples, language: Language): string {
  const { code, subCode } = ERRORS[name]
  const sample = samples.errors[name]
  if (sample === undefined) throw new Error(`samples.json has no response of ${name}`)
  const [meaning, fix] = textsOf(name, language).map((text) => sentence(text, language))
  const codes = {
    zh: `\`sub_code\` 为 \`${subCode}\`，HTTP 状态码为 ${statusText(name, language)}。`,
    en: `\`sub_code\` \`${subCode}\`, HTTP status ${statusText(name, language)}.`,
  }
  return `${[
    head(String(code), String(code), language),
    ERROR_WORDS.back[language],
    `## ${ERROR_WORDS.meaning[language]}`,
    `${meaning}\n\n${codes[language]}`,
    `## ${ERROR_WORDS.sample[language]}`,
    jsonBlock(sample),
    `## ${ERROR_WORDS.when[language]}`,
    WHEN[name][language],
    `## ${ERROR_WORDS.fix[language]}`,
    fix,
    `## ${ERROR_WORDS.operations[language]}`,
    operationsOf(name, language),
  ].join('\n\n')}\n`
}

function textsOf(name: ErrorName, language: Language): [meaning: string, fix: string] {
  const { zh, en, fixZh, fixEn } = ERRORS[name]
  return language === 'zh' ? [zh, fixZh] : [en, fixEn]
}

/** As a sentence, which begins with a capital unless it begins with a name of the wire: msg, appid, … */
function sentence(text: string, language: Language): string {
  const isName = language === 'zh' || /^(msg|appid|access_token|cursor)\b/.test(text)
  return `${isName ? text[0] : text[0]?.toUpperCase()}${text.slice(1)}${ERROR_WORDS.stop[language]}`
}

/** 40001 has two more: for a message that was not sent in time, and for headers that are too large. */
function statusText(name: ErrorName, language: Language): string {
  if (name !== 'malformed') return String(ERRORS[name].status)
  return { zh: '400（408、431）', en: '400 (408, 431)' }[language]
}

function operationsOf(name: ErrorName, language: Language): string {
  const all = Object.entries(OPERATIONS) as [string, Operation][]
  const returning = all.filter(([, { errors }]) => errors.includes(name))
  if (returning.length === all.length) return ERROR_WORDS.all[language]
  if (returning.length === 0) return ERROR_WORDS.none[language]
  const links = returning.map(
    ([operation, titles]) => `[${titles[language]}](../api/${kebab(operation)}${ENDING[language]})`,
  )
  return `${links.join(ERROR_WORDS.join[language])}${ERROR_WORDS.stop[language]}`
}

/** Errors by code, each with a link to its page in `folder`. */
export function errorTable(names: readonly ErrorName[], folder: string, language: Language): string {
  return table(ERROR_WORDS.heads[language], errorRows(names, folder, language))
}

export function errorRows(names: readonly ErrorName[], folder: string, language: Language): string[][] {
  return names
    .toSorted((one, other) => ERRORS[one].code - ERRORS[other].code)
    .map((name) => {
      const { code, subCode } = ERRORS[name]
      const link = `[${code}](${folder}${code}${ENDING[language]})`
      return [link, subCode, statusText(name, language), ...textsOf(name, language)]
    })
}

const BEGIN = '<!-- npm run docs -->'
const END = '<!-- /npm run docs -->'

/** The document docs/errors with its table replaced. Throws when it lacks the markers. */
export function withErrorTable(document: string, language: Language): string {
  const [before, rest = ''] = document.split(BEGIN)
  const after = rest.split(END)[1]
  if (after === undefined) throw new Error(`no ${BEGIN} and ${END} in docs/errors${ENDING[language]}`)
  return `${before}${BEGIN}\n${errorTable(NAMES, 'errors/', language)}\n${END}${after}`
}
