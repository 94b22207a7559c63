// JSON as text: numbers are never read, so that every digit of a long ID stays as it was (C6).

const TOKEN = /\s+|"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s"{}[\],:]+/g

/**
 * @param {string} text
 * @returns {boolean}
 */
export function isJson(text) {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/**
 * JSON with other spelling of its values.
 *
 * @param {string} text JSON
 * @param {(value: string) => string} spell of a string, number, true, false or null
 * @param {number} indent spaces before every line but the first
 * @returns {string} indented, one member or entry a line
 */
export function respelled(text, spell = (value) => value, indent = 0) {
  let out = ''
  let depth = 0
  let before = ''
  const line = () => `\n${' '.repeat(indent + 2 * depth)}`
  for (const [token] of text.matchAll(TOKEN)) {
    if (/^\s/.test(token)) continue
    if (token === '}' || token === ']') {
      depth--
      out += before === '{' || before === '[' ? token : line() + token
    } else {
      if (before === '{' || before === '[' || before === ',') out += line()
      if (token === '{' || token === '[') depth++
      out += token === ':' ? ': ' : /^[{[,]$/.test(token) ? token : spell(token)
    }
    before = token
  }
  return out
}

/**
 * Indents JSON; any other text is returned as it is.
 *
 * @param {string} text
 */
export function pretty(text) {
  return isJson(text) ? respelled(text) : text
}
