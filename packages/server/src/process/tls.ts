import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import type { Server } from 'node:https'
import { createSecureContext } from 'node:tls'
import { fileText } from 'genjin-record'
import { ServiceError } from '../errors.ts'
import type { TlsFiles } from '../http/server.ts'
import type { Log } from './log.ts'

export interface TlsPaths {
  readonly cert: string
  readonly key: string
}

/** How often the files are polled: renewals replace symbolic links, which file events miss. */
const LOOK_MS = 1_000

/** Reads certificate and key. Throws ServiceError when they cannot be read or do not belong together. */
export function readTls(paths: TlsPaths): TlsFiles {
  const files = { cert: readPem(paths.cert), key: readPem(paths.key) }
  try {
    createSecureContext(files)
    return files
  } catch (error) {
    throw new ServiceError(
      'paramInvalid',
      `证书 ${paths.cert} 或私钥 ${paths.key} 不可用：须是一对 PEM 格式的证书与没有口令的私钥 / certificate or key cannot be used: they must be a pair, in PEM, the key without a passphrase`,
      { cause: error },
    )
  }
}

function readPem(path: string): string {
  try {
    return fileText(readFileSync(path))
  } catch (error) {
    throw new ServiceError(
      'paramInvalid',
      `证书或私钥文件 ${path} 无法读取：请检查路径与权限 / a certificate or key file cannot be read: check path and permissions`,
      { cause: error },
    )
  }
}

/** Uses a renewed certificate without a restart; a broken one is logged and the old one stays. */
export function followTls(server: Server, paths: TlsPaths, log: Log): Disposable {
  let used: TlsFiles | undefined
  function renew(message: string): void {
    try {
      const files = readTls(paths)
      // A renewal changes both files: it is one.
      if (used?.cert === files.cert && used.key === files.key) return
      server.setSecureContext(files)
      used = files
      log.info(message)
    } catch (error) {
      log.error({ err: error }, 'certificate not renewed, keeping the old one')
    }
  }
  const onChange = () => renew('certificate renewed')
  for (const path of [paths.cert, paths.key])
    watchFile(path, { interval: LOOK_MS, persistent: false }, onChange)
  // The watcher does not see what changed while the server was starting.
  renew('certificate in use')
  return {
    [Symbol.dispose]: () => {
      for (const path of [paths.cert, paths.key]) unwatchFile(path, onChange)
    },
  }
}
