import type { Words } from '../../packages/contract/src/schema.ts'

/** The languages of the documents. */
export type Language = keyof Words
export const LANGUAGES = ['zh', 'en'] as const satisfies readonly Language[]

/** Ending of a document's name. */
export const ENDING: Words = { zh: '.md', en: '.en.md' }

/** The first lines of a document: its title and the link to its twin. */
export function head(title: string, name: string, language: Language): string {
  const twin = { zh: `[English](${name}${ENDING.en})`, en: `[中文](${name}${ENDING.zh})` }
  return `# ${title}\n\n${twin[language]}`
}

export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(headers), `|${'---|'.repeat(headers.length)}`, ...rows.map(line)].join('\n')
}

/** `followBatchCreate` gives `follow-batch-create`. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** A heading's anchor, as code hosts make it. */
export function slugOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
}

export function jsonBlock(value: unknown): string {
  return block('json', JSON.stringify(value, null, 2))
}

export function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``
}
