import assert from 'node:assert/strict'
import { type CliOptions, genjin } from './cli.ts'

/** A command line, its exit code, and what standard error and standard output must match. */
export type Failure = readonly [args: readonly string[], code: number, message: RegExp, stdout?: RegExp]

/** Asserts that each command line fails so: with a message and not a stack, and without output unless given. */
export async function assertFails(
  failures: readonly Failure[],
  options: CliOptions | ((args: readonly string[]) => CliOptions) = {},
): Promise<void> {
  const optionsOf = typeof options === 'function' ? options : () => options
  await Promise.all(
    failures.map(async ([args, code, message, stdout = /^$/]) => {
      const end = await genjin(args, optionsOf(args))
      assert.equal(end.code, code, `${args.join(' ')}: ${end.stderr}`)
      assert.match(end.stderr, message)
      assert.match(end.stdout, stdout)
      assert.doesNotMatch(end.stderr, /\n {4}at | at .*\.ts:\d/)
    }),
  )
}
