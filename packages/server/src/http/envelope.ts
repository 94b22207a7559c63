import { ERRORS, type ErrorName } from 'genjin-contract'

/** The answer's text (C2). `data` is JSON text already. */
export function successText(msg: string, data: string): string {
  return startOf(msg) + data + END
}

/** What stands before and behind `data`, for an answer that is put together elsewhere. */
export function successFrame(msg: string): { readonly start: string; readonly end: string } {
  return { start: startOf(msg), end: END }
}

function startOf(msg: string): string {
  return `{"code":0,"msg":${JSON.stringify(msg)},"data":`
}

const END = ',"sub_code":"00000"}'

/** A failure's text (C3). */
export function failureText(kind: ErrorName, msg: string): string {
  const { code, subCode } = ERRORS[kind]
  return JSON.stringify({ code, msg, data: null, sub_code: subCode })
}
