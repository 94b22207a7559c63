import { Bool, IdText, Int32, Milliseconds, Nullable, Text } from './schema.ts'
import { Type } from './type.ts'

const AppRecordProperties = {
  appid: Text({ zh: '应用ID', en: 'app ID' }),
  label: Text({ zh: '应用名称', en: 'name of the app' }),
  read_only: Bool({ zh: '是否只读', en: 'whether it only reads' }),
  created_at: Milliseconds({ zh: '建立时间（毫秒时间戳）', en: 'when it was made, in ms' }),
  used_at: Nullable(
    Milliseconds({
      zh: '最近使用时间（毫秒时间戳，精确到 5 分钟）',
      en: 'last used, in ms, to 5 minutes',
    }),
  ),
  revoked_at: Nullable(Milliseconds({ zh: '停用时间（毫秒时间戳）', en: 'when it was revoked, in ms' })),
  old_secret_until: Nullable(
    Milliseconds({
      zh: '旧密钥的失效时间（毫秒时间戳）；没有旧密钥时为 null',
      en: 'when the old secret ends, in ms; null when there is none',
    }),
  ),
}

export const AppRecord = Type.Object(AppRecordProperties)

const label = IdText({ zh: '应用名称', en: 'name of the app' })
const appid = IdText({ zh: '应用ID', en: 'app ID' })

export const AppCreateBody = Type.Object({
  label,
  read_only: Type.Optional(Bool({ default: false, zh: '是否只读', en: 'whether it only reads' })),
})

export const AppSecret = Type.Object({
  appid: AppRecordProperties.appid,
  app_secret: Text({ zh: '应用密钥，只返回这一次', en: 'the secret, returned this once' }),
  old_secret_until: AppRecordProperties.old_secret_until,
})

export const AppRenameBody = Type.Object({ appid, label })

/** Longest time that the old secret stays good after a rotation, in hours. */
const OLD_SECRET_HOURS = 30 * 24

export const AppRotateBody = Type.Object({
  appid,
  old_secret_hours: Type.Optional(
    Int32({
      minimum: 0,
      maximum: OLD_SECRET_HOURS,
      default: 24,
      zh: '旧密钥还有效几小时；0 为立即失效，已签发的凭证一并作废',
      en: 'hours that the old secret stays good; 0 ends it at once, with the tokens that were issued',
    }),
  ),
})

export const AppIdBody = Type.Object({ appid })
