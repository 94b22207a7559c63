import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from './config.ts'
import type { Env } from './env.ts'

const OIDC = { corp: 'acme', issuer: 'https://login/realms/acme/', clientId: 'genjin', clientSecret: 's' }
const WECOM = { corp: 'acme', corpid: 'ww1', agentId: '1000002', secret: 's', base: undefined }

function signInOf(env: Partial<Env>) {
  return readConfig({ database: 'sqlite:genjin.db', ...env } as Env)
}

test('half a way to sign in is refused, with the variables that are missing', () => {
  const cases: [Partial<Env>, string][] = [
    [
      { oidc: { ...OIDC, claim: undefined, issuer: undefined, clientSecret: undefined } },
      '没有设置环境变量 GENJIN_OIDC_ISSUER、GENJIN_OIDC_CLIENT_SECRET：给出了 GENJIN_OIDC_CORP，须同时给出',
    ],
    [
      { wecom: { ...WECOM, secret: undefined } },
      '没有设置环境变量 GENJIN_WECOM_SECRET：给出了 GENJIN_WECOM_CORP，须同时给出',
    ],
  ]
  for (const [env, message] of cases) assert.throws(() => signInOf(env), { message })
  assert.deepEqual(signInOf({ oidc: { ...OIDC, claim: undefined }, wecom: WECOM }).signIn, {
    url: undefined,
    oidc: { ...OIDC, issuer: 'https://login/realms/acme', claim: 'preferred_username' },
    wecom: {
      corp: 'acme',
      corpid: 'ww1',
      agentId: '1000002',
      secret: 's',
      base: undefined,
      apiBase: 'https://qyapi.weixin.qq.com',
      loginBase: 'https://login.work.weixin.qq.com',
      openBase: 'https://open.weixin.qq.com',
    },
  })
})

test('an address or a proxy that cannot be one is refused by its name', () => {
  for (const url of ['crm.example.com', 'ftp://a', 'https://a/path', 'https://a?x=1', 'https://u:p@a']) {
    assert.throws(() => signInOf({ url }), /^ServiceError: 环境变量 GENJIN_URL 不可用：.*不带路径/)
  }
  assert.equal(signInOf({ url: 'https://crm.example.com/' }).signIn.url, 'https://crm.example.com')
  assert.throws(
    () => signInOf({ oidc: { ...OIDC, issuer: 'login', claim: undefined } }),
    /环境变量 GENJIN_OIDC_ISSUER 不可用：.*\[\/路径\]/,
  )
  for (const wrong of ['localhost', '10.0.0.0/33', '::1/129', '10.0.0.0/8/8', '']) {
    assert.throws(
      () => signInOf({ trustedProxies: `127.0.0.1, ${wrong}` }),
      ({ message }: Error) => message.startsWith(`环境变量 GENJIN_TRUSTED_PROXIES 不可用：“${wrong}”`),
    )
  }
  const { trustedProxies } = signInOf({ trustedProxies: '127.0.0.1, 10.0.0.0/8,::1' })
  assert.deepEqual(trustedProxies, ['127.0.0.1', '10.0.0.0/8', '::1'])
})
