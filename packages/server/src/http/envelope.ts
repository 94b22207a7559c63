import { ERRORS, type ErrorName } from 'genjin-contract'

/** The answer's text (C2). `data` is JSON text already. */
export function successText(msg: string, data: string): string {
  return `{"code":0,"msg":${JSON.stringify(msg)},"data":${data},"sub_code":"00000"}`
}

/** A failure's text (C3). */
export function failureText(kind: ErrorName, msg: string): string {
  const { code, subCode } = ERRORS[kind]
  return JSON.stringify({ code, msg, data: null, sub_code: subCode })
}
