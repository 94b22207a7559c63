import assert from 'node:assert/strict'
import { dirname } from 'node:path'
import { startGenjin } from '../../test/support/cli.ts'
import { addressOf, binOf, type Genjin } from './company.ts'

/**
 * Starts `genjin serve` of an installed package on a free port; resolves once it listens. The database is given in the
 * environment, which must survive the restart of the process with its V8 flags (bin/genjin.js).
 */
export async function startServed({ node, folder, database }: Genjin, options: readonly string[] = []) {
  const server = startGenjin([binOf(folder), 'serve', '--port', '0', '--json', ...options], {
    program: node,
    cwd: dirname(database),
    // Logs what it logs by default.
    env: { GENJIN_DATABASE: addressOf(database), GENJIN_LOG: undefined },
    deadlineMs: 120_000,
  })
  const [line] = await server.printed('stdout', /^\{.*\}\n/)
  return {
    ...server,
    url: (JSON.parse(line) as { url: string }).url,
    /** Stops it with SIGTERM and returns its standard error. Throws when its exit code is not 0. */
    stop: async () => {
      server.kill('SIGTERM')
      const { code, signal, stderr } = await server.ended
      assert.equal(code ?? signal, 0, stderr)
      return stderr
    },
  }
}
