import { Int64, Text } from './schema.ts'
import { Type } from './type.ts'

export const AccessTokenQuery = Type.Object({
  appid: Text({ zh: '应用ID', en: 'app ID' }),
  app_secret: Text({ zh: '应用密钥', en: 'app secret' }),
})

export const AccessToken = Type.Object({
  access_token: Text({ maxLength: 512, zh: '访问凭证', en: 'access token' }),
  expires_in: Int64({ zh: '有效期（秒）', en: 'lifetime in seconds', 'x-unit': 's' }),
  create_at: Int64({
    zh: '签发时间（秒级时间戳）；过期时间为 create_at + expires_in',
    en: 'when it was issued, in seconds; it expires at create_at + expires_in',
    'x-unit': 's',
  }),
})
