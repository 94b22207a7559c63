import type { Role } from 'genjin-contract'

/** How people can sign in beside passwords and passkeys: what the operator has set. */
export interface SignInSettings {
  /** GENJIN_URL: the address that people open, without a slash at the end. */
  readonly url: string | undefined
  readonly oidc: OidcSettings | undefined
  readonly wecom: WecomSettings | undefined
  /** One press for each role, on the demo company alone. */
  readonly demo: DemoSettings | undefined
}

/** The demo company, and who stands for each role there. */
export interface DemoSettings {
  readonly corp: number
  readonly people: Readonly<
    Record<Role, { readonly userId: string; readonly departmentIds: readonly bigint[] }>
  >
}

/** GENJIN_OIDC_…: a provider of OpenID Connect. */
export interface OidcSettings {
  /** ID of the company whose staff it knows. */
  readonly corp: string
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** The claim that holds the staff ID. */
  readonly claim: string
}

/** GENJIN_WECOM_…: an app of WeCom 企业微信. */
export interface WecomSettings {
  /** ID of the company whose staff it knows. */
  readonly corp: string
  /** WeCom's own ID of it. */
  readonly corpid: string
  readonly agentId: string
  readonly secret: string
  /** Where WeCom's endpoints are, each without a slash at the end. */
  readonly apiBase: string
  readonly loginBase: string
  readonly openBase: string
}
