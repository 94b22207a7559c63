import type * as OpenId from 'openid-client'
import { ServiceError } from '../../errors.ts'
import type { Context } from '../context.ts'
import type { Origin } from './person-session.ts'
import type { OidcSettings } from './settings.ts'
import { type SignedIn, signInAs } from './sign-in.ts'

/** Loaded by the first sign-in. */
const library = () => import('openid-client')

/** What the browser keeps between leaving for the provider and coming back. */
export interface OidcFlow {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

const known = new WeakMap<OidcSettings, Promise<OpenId.Configuration>>()

/** The provider, as it describes itself: asked once. */
function providerOf(settings: OidcSettings): Promise<OpenId.Configuration> {
  const present = known.get(settings)
  if (present) return present
  const { issuer, clientId, clientSecret } = settings
  const found = library().then(
    ({ ClientSecretBasic, ClientSecretPost, allowInsecureRequests, discovery }) => {
      // Basic is what a provider takes that names no way.
      const authenticate: OpenId.ClientAuth = (provider, ...request) => {
        const takesPost = provider.token_endpoint_auth_methods_supported?.includes('client_secret_post')
        return (takesPost ? ClientSecretPost : ClientSecretBasic)(clientSecret)(provider, ...request)
      }
      return discovery(new URL(issuer), clientId, clientSecret, authenticate, {
        timeout: 10,
        // Plain http only where the operator has written it.
        ...(issuer.startsWith('http:') && { execute: [allowInsecureRequests] }),
      })
    },
  )
  known.set(settings, found)
  found.catch(() => known.delete(settings))
  return found
}

/** Where the browser goes to sign in. Throws signInFailed when the provider cannot be reached. */
export async function beginOidc(
  context: Context,
  redirectUri: string,
): Promise<{ url: URL; flow: OidcFlow }> {
  const settings = requireOidc(context)
  const openid = await library()
  const provider = await providerOf(settings).catch((error) => {
    throw failed('无法连接单点登录服务', error)
  })
  const flow = {
    state: openid.randomState(),
    nonce: openid.randomNonce(),
    verifier: openid.randomPKCECodeVerifier(),
  }
  const url = openid.buildAuthorizationUrl(provider, {
    redirect_uri: redirectUri,
    scope: 'openid profile email',
    state: flow.state,
    nonce: flow.nonce,
    code_challenge: await openid.calculatePKCECodeChallenge(flow.verifier),
    code_challenge_method: 'S256',
  })
  return { url, flow }
}

/** Signs in whom the provider names. @param url the address that the browser came back to. Throws signInFailed. */
export async function finishOidc(
  context: Context,
  url: URL,
  { state, nonce, verifier }: OidcFlow,
  origin: Origin,
): Promise<SignedIn> {
  const settings = requireOidc(context)
  const { authorizationCodeGrant, fetchUserInfo } = await library()
  const checks = {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
  }
  const notDone = (error: unknown) => {
    throw failed('单点登录没有完成', error)
  }
  const provider = await providerOf(settings).catch(notDone)
  const tokens = await authorizationCodeGrant(provider, url, checks).catch(notDone)
  const claims = tokens.claims()
  // What the scopes ask for stands in the ID token of some providers, and of all others in the answer to who has the token.
  const userId =
    claims?.[settings.claim] ??
    (claims && provider.serverMetadata().userinfo_endpoint
      ? (await fetchUserInfo(provider, tokens.access_token, claims.sub).catch(notDone))[settings.claim]
      : undefined)
  if (typeof userId !== 'string' || userId === '') {
    throw failed(`单点登录没有给出员工ID（${settings.claim}）`)
  }
  return signInAs(context, settings.corp, userId, 'oidc', origin)
}

function requireOidc({ signIn }: Context): OidcSettings {
  if (signIn.oidc) return signIn.oidc
  throw new ServiceError('signInFailed', '这里没有设置单点登录：请用其他方式登录，或联系管理员')
}

function failed(what: string, cause?: unknown): ServiceError {
  return new ServiceError('signInFailed', `${what}：请重试；仍失败时请联系管理员`, { cause })
}
