import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { slugOf } from '../../tools/docs/language.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Heading {
  readonly level: number
  readonly title: string
  /** Its anchor in links. */
  readonly slug: string
  /** The text below it, down to the next heading of any level. */
  readonly text: string
}

/** A fenced code block. */
export interface Block {
  readonly language: string
  readonly text: string
  /** Line of its first fence, from 1. */
  readonly line: number
  /** Whether only empty lines separate it from the block before. */
  readonly follows: boolean
}

export interface Document {
  /** Path from the root of the repository. */
  readonly path: string
  readonly text: string
  readonly headings: readonly Heading[]
  readonly blocks: readonly Block[]
  /** Targets of the links outside code. */
  readonly links: readonly string[]
}

/** Paths of the documents, Chinese and English. */
export function documentPaths(): string[] {
  const inside = (folder: string) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .sort()
      .map((name) => `${folder}/${name}`)
  return [
    'README.md',
    'README.en.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    ...inside('docs'),
    ...inside('docs/api'),
    ...inside('docs/errors'),
    ...inside('docs/decisions'),
  ]
}

/** The documents that have an English twin. */
export function twinPaths(): [chinese: string, english: string][] {
  return documentPaths()
    .filter((path) => path.endsWith('.en.md'))
    .map((path) => [path.replace('.en.md', '.md'), path])
}

export function readDocument(path: string): Document {
  const text = readFileSync(join(ROOT, path), 'utf8')
  const headings: { level: number; title: string; lines: string[] }[] = []
  const blocks: { language: string; lines: string[]; line: number; follows: boolean }[] = []
  const prose: string[] = []
  let open = false
  let follows = false
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^```(.*)$/.exec(line)
    const heading = open ? null : /^(#+) (.+)$/.exec(line)
    if (fence) {
      open = !open
      if (open) blocks.push({ language: fence[1] as string, lines: [], line: index + 1, follows })
      follows = true
    } else if (open) {
      blocks.at(-1)?.lines.push(line)
    } else {
      if (heading) headings.push({ level: heading[1]?.length ?? 0, title: heading[2] as string, lines: [] })
      if (line.trim() !== '') follows = false
      prose.push(line)
    }
    if (!heading) headings.at(-1)?.lines.push(line)
  }
  if (open) throw new Error(`${path}: a code block is not closed`)
  return {
    path,
    text,
    headings: headings.map(({ level, title, lines }) => ({
      level,
      title,
      slug: slugOf(title),
      text: lines.join('\n'),
    })),
    blocks: blocks.map(({ lines, ...block }) => ({ ...block, text: lines.join('\n') })),
    links: [
      ...prose
        .join('\n')
        .replace(/`[^`\n]*`/g, '')
        .matchAll(/\]\(([^)\s]+)\)/g),
    ].map((match) => match[1] as string),
  }
}

/** The cells of the table rows in a text, header rows left out. */
export function tableRows(text: string): string[][] {
  const rows = text.split('\n').map((line) => line.trim())
  return rows
    .filter(
      (line, index) =>
        line.startsWith('|') && !/^\|[-| ]+\|$/.test(line) && !/^\|[-| ]+\|$/.test(rows[index + 1] ?? ''),
    )
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
}
