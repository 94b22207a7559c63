import { isJson, respelled } from './json-text.js'

/**
 * @typedef {object} Request
 * @property {string} method
 * @property {string} url without its query
 * @property {string} input the body of a POST, the query of a GET
 * @property {boolean} keyed whether it takes an Idempotency-Key
 * @property {boolean} auth whether it takes a token
 */

/** Names of the environment variables that samples read. */
const TOKEN = 'TOKEN'

/**
 * Programs that send a request. They read the token from the environment variable TOKEN.
 *
 * @param {Request} request
 * @returns {Record<'curl' | 'TypeScript' | 'Python', string> | undefined} undefined when the body is no JSON
 */
export function samplesOf(request) {
  if (request.method === 'POST' && !isJson(request.input)) return undefined
  return { curl: curl(request), TypeScript: typescript(request), Python: python(request) }
}

/**
 * The query, with a variable of the environment where a secret belongs.
 *
 * @param {Request} request
 * @param {(name: string) => string} variable
 */
function query({ method, input, auth }, variable) {
  if (!auth) return `appid=${variable('APPID')}&app_secret=${variable('SECRET')}`
  const own = method === 'GET' && input !== '' ? `&${input}` : ''
  return `access_token=${variable(TOKEN)}${own}`
}

/** @param {Request} request */
function curl(request) {
  const url = `"${request.url}?${query(request, (name) => `$${name}`)}"`
  if (request.method === 'GET') return `curl -sS ${url}`
  const body = respelled(request.input).replaceAll("'", `'\\''`)
  const key = request.keyed ? [`-H "Idempotency-Key: $(openssl rand -hex 16)"`] : []
  return [`curl -sS -H 'Content-Type: application/json'`, ...key, `-d '${body}'`, url].join(' \\\n  ')
}

/** @param {Request} request */
function typescript(request) {
  const url = `\`${request.url}?${query(request, (name) => `\${process.env.${name}}`)}\``
  if (request.method === 'GET')
    return `const response = await fetch(${url})\nconsole.log(await response.text())`
  const key = request.keyed ? `, 'Idempotency-Key': crypto.randomUUID()` : ''
  // A double would change a longer integer.
  const exact = (/** @type {string} */ value) => (/^-?\d{16,}$/.test(value) ? `'${value}'` : value)
  return `const response = await fetch(${url}, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json'${key} },
  body: JSON.stringify(${respelled(request.input, exact, 2)}),
})
console.log(await response.text())`
}

/** @type {Record<string, string>} */
const PYTHON_WORDS = { true: 'True', false: 'False', null: 'None' }

/** @param {Request} request */
function python(request) {
  const url = `f"${request.url}?${query(request, (name) => `{os.environ['${name}']}`)}"`
  if (request.method === 'GET') {
    return `import os\nfrom urllib.request import urlopen\n\nprint(urlopen(${url}).read().decode())`
  }
  const key = request.keyed ? ', "Idempotency-Key": str(uuid.uuid4())' : ''
  // JSON.stringify leaves only escapes that Python has too.
  const spell = (/** @type {string} */ value) =>
    value.startsWith('"') ? JSON.stringify(JSON.parse(value)) : (PYTHON_WORDS[value] ?? value)
  return `import json, os${request.keyed ? ', uuid' : ''}
from urllib.request import Request, urlopen

request = Request(
    ${url},
    data=json.dumps(${respelled(request.input, spell, 4)}).encode(),
    headers={"Content-Type": "application/json"${key}},
)
print(urlopen(request).read().decode())`
}
