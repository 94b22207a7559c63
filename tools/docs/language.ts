/** The languages of the documents. */
export type Language = 'zh' | 'en'
export const LANGUAGES = ['zh', 'en'] as const satisfies readonly Language[]

/** A text in both. */
export type Text = Readonly<Record<Language, string>>

/** Ending of a document's name. */
export const ENDING: Text = { zh: '.md', en: '.en.md' }

/** The first lines of a document: title, link to its twin. */
export function head(title: string, name: string, language: Language): string {
  const twin = { zh: `[English](${name}${ENDING.en})`, en: `[中文](${name}${ENDING.zh})` }[language]
  return `# ${title}\n\n${twin}`
}

const FULL_WIDTH: Record<string, string> = { ',': '，', ';': '；', ':': '：' }

/** Chinese text of the contract, which has ASCII punctuation, with the punctuation of the documents. */
export function prose(text: string): string {
  if (!/\p{Script=Han}/u.test(text)) return text
  return text
    .replace(/\(([^()]*\p{Script=Han}[^()]*)\)/gu, '（$1）')
    .replace(
      /(?<=[\p{Script=Han}）])[,;:]|[,;](?![\s\d])|:(?=\p{Script=Han})/gu,
      (mark) => FULL_WIDTH[mark] as string,
    )
}

export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(headers), `|${'---|'.repeat(headers.length)}`, ...rows.map(line)].join('\n')
}

/** `followBatchCreate` gives `follow-batch-create`. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

export function jsonBlock(value: unknown): string {
  return block('json', JSON.stringify(value, null, 2))
}

export function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``
}
