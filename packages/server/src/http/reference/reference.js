// The page /docs: search, signing in, sending requests, samples in three languages. Without it everything can still be read.
import { pretty } from './json-text.js'
import { samplesOf } from './samples.js'

const ZH = {
  signedIn: (/** @type {string} */ appid) => `已登录：${appid}`,
  signedOut: '未登录',
  refused: '登录失败：',
  unreachable: '没有响应：请检查服务是否在运行',
  sending: '正在发送……',
  answered: (/** @type {number} */ status, /** @type {number} */ ms) => `HTTP ${status}，${ms} 毫秒`,
  notJson: '请求体不是合法的 JSON',
  copied: '已复制',
  found: (/** @type {number} */ count) => (count === 0 ? '没有匹配的接口' : `${count} 个接口`),
}
const EN = {
  signedIn: (/** @type {string} */ appid) => `Signed in: ${appid}`,
  signedOut: 'Not signed in',
  refused: 'Not signed in: ',
  unreachable: 'No response: check that the server is running',
  sending: 'Sending…',
  answered: (/** @type {number} */ status, /** @type {number} */ ms) => `HTTP ${status}, ${ms} ms`,
  notJson: 'The body is not valid JSON',
  copied: 'Copied',
  found: (/** @type {number} */ count) => `${count} operation${count === 1 ? '' : 's'}`,
}
const WORDS = document.documentElement.lang === 'en' ? EN : ZH

/** Clients fetch a new token on exactly these (C5). */
const TOKEN_CODES = [10001, 10010, 10011]

/**
 * @template {Element} E
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {E}
 */
function one(root, selector) {
  return /** @type {E} */ (root.querySelector(selector))
}

/** @returns {HTMLElement[]} */
function operations() {
  return [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('section.operation'))]
}

// Signing in: the secret and the token stay in this tab (sessionStorage), and never stand in the address of the page.

const KEPT = 'genjin-docs'

/** @typedef {{ appid: string, secret: string, token?: string }} Access */

/** @returns {Access | undefined} */
function access() {
  return JSON.parse(sessionStorage.getItem(KEPT) ?? 'null') ?? undefined
}

/** @param {Access | undefined} value */
function keepAccess(value) {
  if (value) sessionStorage.setItem(KEPT, JSON.stringify(value))
  else sessionStorage.removeItem(KEPT)
  document.body.classList.toggle('signed-in', value !== undefined)
  one(document, '#signed-in').textContent = value ? WORDS.signedIn(value.appid) : WORDS.signedOut
}

/**
 * A token for what was entered. Throws with the server's own message.
 *
 * @param {Access} entered
 * @returns {Promise<string>}
 */
async function fetchToken({ appid, secret }) {
  const query = new URLSearchParams({ appid, app_secret: secret })
  const response = await fetch(`/openapi/access_token?${query}`, { cache: 'no-store' })
  const { code, msg, data } = await response.json()
  if (code !== 0) throw new Error(msg)
  keepAccess({ appid, secret, token: data.access_token })
  return data.access_token
}

function prepareSignIn() {
  const form = /** @type {HTMLFormElement} */ (one(document, '#sign-in'))
  const told = one(document, '#sign-in-told')
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const [appid, secret] = ['appid', 'app_secret'].map((name) => String(new FormData(form).get(name)).trim())
    try {
      await fetchToken({ appid: appid ?? '', secret: secret ?? '' })
      told.textContent = ''
      form.reset()
    } catch (error) {
      const isNetwork = error instanceof TypeError
      told.textContent =
        WORDS.refused + (isNetwork ? WORDS.unreachable : /** @type {Error} */ (error).message)
    }
  })
  one(document, '#sign-out').addEventListener('click', () => keepAccess(undefined))
  keepAccess(access())
}

// Sending requests: what is typed is sent as it is, and what comes back is shown as it came.

/**
 * @param {HTMLElement} section
 * @returns {import('./samples.js').Request}
 */
function requestOf(section) {
  const { method = '', path = '', keyed, auth } = section.dataset
  const input =
    /** @type {HTMLTextAreaElement | null} */ (section.querySelector('textarea'))?.value.trim() ?? ''
  const url = location.origin + path
  return { method, url, input, keyed: keyed !== undefined, auth: auth !== undefined }
}

/**
 * @param {HTMLElement} section
 * @param {string | undefined} token
 */
function send(section, token) {
  const { method, url, input } = requestOf(section)
  const key = /** @type {HTMLInputElement | null} */ (section.querySelector('.key'))?.value.trim()
  /** @type {Record<string, string>} */
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
  if (key) headers['Idempotency-Key'] = key
  if (method === 'GET') return fetch(input === '' ? url : `${url}?${input}`, { headers, cache: 'no-store' })
  return fetch(url, { method, headers: { ...headers, 'Content-Type': 'application/json' }, body: input })
}

/** @param {HTMLElement} section */
async function answerOf(section) {
  // Those for people take the session of this browser, whose cookie it sends by itself.
  const known = section.dataset.session === undefined ? access() : undefined
  const response = await send(section, known?.token)
  const text = await response.text()
  const [, code] = /^\{"code":(\d+)/.exec(text) ?? []
  // The token has expired, or another program has revoked it: once with a new one.
  if (!known || !TOKEN_CODES.includes(Number(code))) return { response, text }
  const again = await send(section, await fetchToken(known))
  return { response: again, text: await again.text() }
}

/** @param {HTMLElement} section */
function prepareSending(section) {
  const form = /** @type {HTMLFormElement | null} */ (section.querySelector('form.try'))
  if (!form) return
  const told = one(section, '.told')
  const shown = /** @type {HTMLElement} */ (one(section, '.answer'))
  const button = /** @type {HTMLButtonElement} */ (one(form, 'button'))
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    button.disabled = true
    told.textContent = WORDS.sending
    const begun = performance.now()
    try {
      const { response, text } = await answerOf(section)
      const id = response.headers.get('X-Request-Id')
      const ms = Math.round(performance.now() - begun)
      told.textContent = `${WORDS.answered(response.status, ms)}${id ? ` · X-Request-Id ${id}` : ''}`
      shown.textContent = pretty(text)
    } catch (error) {
      const isNetwork = error instanceof TypeError
      told.textContent = isNetwork ? WORDS.unreachable : /** @type {Error} */ (error).message
      shown.textContent = ''
    }
    shown.hidden = shown.textContent === ''
    button.disabled = false
  })
}

// Samples follow what is typed.

/** @param {HTMLElement} section */
function prepareSamples(section) {
  const shown = section.querySelector('.samples code')
  if (!shown) return
  const tabs = /** @type {HTMLButtonElement[]} */ ([...section.querySelectorAll('.samples [aria-pressed]')])
  const copy = /** @type {HTMLButtonElement} */ (one(section, '.copy'))
  const word = copy.textContent
  const show = () => {
    const language = tabs.find((tab) => tab.getAttribute('aria-pressed') === 'true')?.dataset.language
    const samples = samplesOf(requestOf(section))
    shown.textContent = samples ? samples[/** @type {keyof typeof samples} */ (language)] : WORDS.notJson
    copy.textContent = word
  }
  for (const tab of tabs) {
    tab.addEventListener('click', () => {
      for (const other of tabs) other.setAttribute('aria-pressed', String(other === tab))
      show()
    })
  }
  section.querySelector('textarea')?.addEventListener('input', show)
  copy.addEventListener('click', async () => {
    // Absent on plain http except on this machine.
    if (navigator.clipboard) await navigator.clipboard.writeText(shown.textContent ?? '')
    else getSelection()?.selectAllChildren(shown)
    copy.textContent = navigator.clipboard ? WORDS.copied : word
  })
  show()
}

// Search.

function prepareSearch() {
  const input = /** @type {HTMLInputElement} */ (one(document, '#search'))
  const told = one(document, '#found')
  const entries = operations().map((section) => ({
    section,
    link: /** @type {HTMLElement} */ (one(document, `nav a[href="#${section.id}"]`)).parentElement,
    text: `${section.id} ${section.textContent}`.toLowerCase(),
  }))
  const show = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean)
    let count = 0
    for (const { section, link, text } of entries) {
      const isFound = words.every((word) => text.includes(word))
      if (isFound) count++
      section.hidden = !isFound
      if (link) link.hidden = !isFound
    }
    told.textContent = words.length === 0 ? '' : WORDS.found(count)
  }
  input.addEventListener('input', show)
  document.addEventListener('keydown', (event) => {
    const isTyping = /^(input|textarea)$/i.test(document.activeElement?.tagName ?? '')
    if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    input.focus()
  })
  // A link to an operation that the search hides.
  addEventListener('hashchange', () => {
    const target = document.getElementById(location.hash.slice(1))
    if (!target?.hidden) return
    input.value = ''
    show()
    target.scrollIntoView()
  })
}

document.body.classList.add('scripted')
const contents = /** @type {HTMLDetailsElement} */ (one(document, 'nav details'))
contents.open = matchMedia('(min-width: 900px)').matches
prepareSignIn()
prepareSearch()
for (const section of operations()) {
  prepareSending(section)
  prepareSamples(section)
}
