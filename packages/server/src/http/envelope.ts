import { ERRORS, type ErrorName } from 'genjin-contract'

/** The answer's text or bytes (C2). `data` is JSON already. */
export function successAnswer(msg: string, data: string | Uint8Array): string | Buffer {
  const start = `{"code":0,"msg":${JSON.stringify(msg)},"data":`
  const end = ',"sub_code":"00000"}'
  return typeof data === 'string'
    ? start + data + end
    : Buffer.concat([Buffer.from(start), data, Buffer.from(end)])
}

/** A failure's text (C3). */
export function failureText(kind: ErrorName, msg: string): string {
  const { code, subCode } = ERRORS[kind]
  return JSON.stringify({ code, msg, data: null, sub_code: subCode })
}
