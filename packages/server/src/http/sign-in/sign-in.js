/** The pages /sign-in and /invitation. */

const problem = document.getElementById('problem')
const at = (id) => document.getElementById(id)

/** Posts to this server and returns `data`; throws an Error with the server's own sentence, in the words of the page. */
async function post(path, body = {}) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new Error('无法连接服务器：请检查网络后重试')
  })
  const { code, msg, data } = await response.json()
  if (code === 0) return data
  throw Object.assign(new Error(msg.replace(/^参数 password /, '密码')), { code })
}

/** What a browser says of passkeys by the names of its errors. */
const PASSKEY_PROBLEMS = {
  NotAllowedError: '通行密钥没有完成：已取消或超时，请重试',
  InvalidStateError: '本机已经登记过通行密钥：可以直接用它登录',
  SecurityError: '通行密钥不能用于这个网址：请用域名打开，或用其他方式登录',
}

/** Runs what a press asks for, once at a time, and shows what went wrong. */
async function run(work) {
  problem.hidden = true
  const buttons = [...document.querySelectorAll('button')]
  for (const button of buttons) button.disabled = true
  try {
    await work()
  } catch (error) {
    problem.textContent = PASSKEY_PROBLEMS[error.name] ?? error.message
    problem.hidden = false
  } finally {
    for (const button of buttons) button.disabled = false
  }
}

const on = (id, event, work) =>
  at(id)?.addEventListener(event, (happened) => {
    happened.preventDefault()
    run(() => work(happened))
  })

const fields = (form) => Object.fromEntries(new FormData(form))

/** The page that was asked for, where it is one of this server, however its address is spelled. */
function goOn() {
  const to = new URLSearchParams(location.search).get('to') ?? '/sign-in'
  const url = URL.canParse(to, location.origin) ? new URL(to, location.origin) : undefined
  location.assign(url?.origin === location.origin ? url.href : '/sign-in')
}

async function newPasskey({ options, challenge }) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
  const credential = await navigator.credentials.create({ publicKey })
  return { challenge, response: credential.toJSON(), name: deviceName() }
}

function deviceName() {
  const system = navigator.userAgentData?.platform ?? navigator.platform
  return system ? `${system} 上的通行密钥` : '通行密钥'
}

on('password', 'submit', async ({ target }) => {
  await post('/sign-in/password', fields(target))
  goOn()
})

on('passkey', 'click', async () => {
  const { options, challenge } = await post('/sign-in/passkey/begin')
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
  const credential = await navigator.credentials.get({ publicKey })
  await post('/sign-in/passkey', { challenge, response: credential.toJSON() })
  goOn()
})

for (const button of document.querySelectorAll('[data-role]')) {
  button.addEventListener('click', () =>
    run(async () => {
      await post('/sign-in/demo', { role: button.dataset.role })
      goOn()
    }),
  )
}

on('add-passkey', 'click', async () => {
  await post('/openapi/me/passkey/add', await newPasskey(await post('/openapi/me/passkey/begin')))
  await showMe()
})

on('sign-out', 'click', async () => {
  await post('/sign-out')
  location.assign('/sign-in')
})

// Behind `#`: it is sent to no server by itself, and taken out of the address at once.
const invitation = location.hash.slice(1)

on('invitation', 'submit', async ({ target }) => {
  await post('/invitation/password', { invitation, password: fields(target).password })
  goOn()
})

on('invitation-passkey', 'click', async () => {
  const passkey = await newPasskey(await post('/invitation/passkey/begin', { invitation }))
  await post('/invitation/passkey', { invitation, ...passkey })
  goOn()
})

const ROLES = { staff: '员工', manager: '主管', admin: '管理员' }

async function showMe() {
  const me = await post('/openapi/me').catch((error) => {
    if (error.code === 10001 || error.code === 40110) return undefined
    throw error
  })
  if (!me?.person) return
  const { name, role, passkeys } = me.person
  for (const id of ['password', 'ways', 'demo']) at(id).hidden = true
  at('me').hidden = false
  at('who').textContent = `${name}，已登录`
  at('what').textContent = `${me.corp.name} · ${ROLES[role]} · ${passkeys.length} 个通行密钥`
}

async function openSignIn() {
  const asked = new URLSearchParams(location.search)
  const { data } = await (await fetch('/sign-in/ways')).json()
  at('wecom').hidden = !data.wecom
  at('oidc').hidden = !data.oidc
  at('demo').hidden = data.demo.length === 0
  at('passkey').hidden = !globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON
  at('add-passkey').hidden = at('passkey').hidden
  const to = asked.get('to')
  if (to) for (const id of ['wecom', 'oidc']) at(id).href += `?to=${encodeURIComponent(to)}`
  await showMe()
  if (data.problem !== null) throw new Error(data.problem)
}

async function openInvitation() {
  history.replaceState(null, '', location.pathname)
  at('to-sign-in').hidden = false
  // It is gone from the address: opening the page again is not enough.
  if (!invitation) throw new Error('这里没有邀请：请从收到的邀请链接重新打开')
  const { user_id: userId, name, role, corp } = await post('/invitation/look', { invitation })
  at('to-sign-in').hidden = true
  at('invited').hidden = false
  at('username').value = userId
  at('who').textContent = `${name ?? userId}，您被邀请为${ROLES[role]}。`
  at('account').textContent = `以后登录时，企业 ID 是 ${corp}，账号是 ${userId}。`
  at('invitation-passkey').hidden = !globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON
}

run(at('invitation') ? openInvitation : openSignIn)
