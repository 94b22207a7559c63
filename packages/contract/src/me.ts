import {
  Departments,
  PASSWORD_LENGTH,
  PasskeyRecord,
  Preferences,
  ROLES,
  SessionRecord,
  words,
} from './people.ts'
import { Bool, described, IdText, Nullable, optional, StringEnum, Text } from './schema.ts'
import { TERMS } from './terms.ts'
import { Type } from './type.ts'

const CALLER_KINDS = ['app', 'person'] as const

export const Me = Type.Object({
  kind: StringEnum(CALLER_KINDS, {
    zh: '调用方：app-应用，person-人员',
    en: 'who calls: an app or a person',
  }),
  corp: Type.Object(
    {
      id: Text({ zh: '企业ID', en: 'company ID' }),
      name: Text({ zh: '企业名称', en: 'company name' }),
      time_zone: Text({ zh: '时区', en: 'time zone' }),
    },
    described({ zh: '所在的企业', en: 'the company' }),
  ),
  may: Type.Array(Text(), described({ zh: '可以调用的接口', en: 'the operations that may be called' })),
  app: Nullable(
    Type.Object(
      {
        appid: Text({ zh: '应用ID', en: 'app ID' }),
        label: Text({ zh: '应用名称', en: 'name of the app' }),
        read_only: Bool({ zh: '是否只读', en: 'whether it only reads' }),
      },
      described({ zh: '应用；调用方是人员时为 null', en: 'the app; null when a person calls' }),
    ),
  ),
  person: Nullable(
    Type.Object(
      {
        user_id: Text(TERMS.staffId),
        name: Text(TERMS.staffName),
        role: StringEnum(ROLES, words.role),
        department_ids: Departments,
        has_password: Bool({ zh: '是否已设密码', en: 'whether a password is set' }),
        passkeys: Type.Array(PasskeyRecord, described({ zh: '通行密钥', en: 'the passkeys' })),
        sessions: Type.Array(SessionRecord, described(words.sessions)),
        preferences: Preferences,
      },
      described({ zh: '人员；调用方是应用时为 null', en: 'the person; null when an app calls' }),
    ),
  ),
})

export const MeSaveBody = Type.Object(optional(Preferences.properties))

export const MeSessionEndBody = Type.Object({
  id: Type.Optional(
    Text({
      maxLength: 100,
      zh: '登录编号，取自 me；不给则结束除这一次之外的全部登录',
      en: 'a session ID of me; without it all sessions but this one are ended',
    }),
  ),
})

const password = (zh: string, en: string) => Text({ maxLength: 1000, zh, en })

export const MePasswordBody = Type.Object({
  old_password: Type.Optional(
    password('现在的密码；还没有密码时不填', 'the present password; left out when there is none yet'),
  ),
  new_password: password(
    `新密码，${PASSWORD_LENGTH.least} 到 ${PASSWORD_LENGTH.most} 个字符`,
    `the new password, ${PASSWORD_LENGTH.least} to ${PASSWORD_LENGTH.most} characters`,
  ),
})

export const PasskeyOptions = Type.Object({
  options: Type.Unsafe<Record<string, unknown>>({
    type: 'object',
    additionalProperties: true,
    ...described({
      zh: '交给浏览器 navigator.credentials 的选项（WebAuthn JSON）',
      en: "what the browser's navigator.credentials takes (WebAuthn JSON)",
    }),
  }),
  challenge: Text({
    zh: '本次登记的凭据，原样交给 me/passkey/add，5 分钟内有效',
    en: 'to be given to me/passkey/add as it is, good for 5 minutes',
  }),
})

export const PasskeyAddBody = Type.Object({
  name: IdText({ zh: '名称，如“我的手机”', en: 'a name, such as "my phone"' }),
  challenge: Text({
    maxLength: 1000,
    zh: 'me/passkey/begin 返回的 challenge',
    en: 'the challenge of me/passkey/begin',
  }),
  response: Type.Unsafe<Record<string, unknown>>({
    type: 'object',
    additionalProperties: true,
    ...described({ zh: '浏览器的结果（WebAuthn JSON）', en: "the browser's result (WebAuthn JSON)" }),
  }),
})

export const PasskeyIdBody = Type.Object({
  id: Text({ maxLength: 2000, zh: '通行密钥编号', en: 'passkey ID' }),
})
