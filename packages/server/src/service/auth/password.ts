import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { PASSWORD_LENGTH } from 'genjin-contract'
import { characterCount } from 'genjin-record'
import { paramError, ServiceError } from '../../errors.ts'

/** Who has made no mistake lately comes first; the others stand behind. */
export type Line = 'first' | 'behind'

/** Hashes passwords, one at a time in a process: each takes 0.2 s of a CPU and 16 MiB. */
export interface PasswordHasher {
  /** What the database keeps. Throws `tooMany` when too many wait. */
  hash(password: string): Promise<string>
  /** Whether it is the password; takes as long when there is none. Throws `tooMany` when too many wait. */
  matches(password: string, stored: string | null, line: Line): Promise<boolean>
  /** Throws `tooMany` when too many wait in a line. */
  requireRoom(line: Line): void
}

/** OWASP's parameters for scrypt with 16 MiB. */
const COST = { N: 2 ** 14, r: 8, p: 5 }
const BYTES = 32
/** So many sign-ins may wait, about five seconds; who guesses does not fill the line of the others. */
const MOST_WAITING: Readonly<Record<Line, number>> = { first: 24, behind: 8 }
/** Every so many turns one is taken from behind. */
const TURNS = 4

/** Stands for a password where there is none: nothing matches it. */
const NONE = `scrypt$16384$8$5$${'A'.repeat(22)}$`

export function createPasswordHasher(random: (bytes: number) => Buffer = randomBytes): PasswordHasher {
  const lines: Readonly<Record<Line, (() => Promise<unknown>)[]>> = { first: [], behind: [] }
  let [isBusy, turns] = [false, 0]
  function requireRoom(line: Line): void {
    if (lines[line].length < MOST_WAITING[line]) return
    throw new ServiceError('tooMany', '正在登录的人过多：请 5 秒后再试', { retryAfterSeconds: 5 })
  }
  function inTurn<T>(line: Line, work: () => Promise<T>): Promise<T> {
    requireRoom(line)
    const { promise, resolve } = Promise.withResolvers<T>()
    lines[line].push(async () => {
      const done = work()
      resolve(done)
      await done.catch(() => {})
    })
    if (!isBusy) void runAll()
    return promise
  }
  async function runAll(): Promise<void> {
    isBusy = true
    for (;;) {
      const { first, behind } = lines
      const work =
        ++turns % TURNS === 0 ? (behind.shift() ?? first.shift()) : (first.shift() ?? behind.shift())
      if (!work) break
      await work()
    }
    isBusy = false
  }
  return {
    requireRoom,
    hash: async (password) =>
      inTurn('first', async () => {
        const salt = random(16)
        const key = await derive(password, salt, COST)
        const { N, r, p } = COST
        return ['scrypt', N, r, p, salt.toString('base64url'), key.toString('base64url')].join('$')
      }),
    matches: async (password, stored, line) =>
      inTurn(line, async () => {
        const [, N, r, p, salt = '', wanted = ''] = (stored ?? NONE).split('$')
        const cost = { N: Number(N), r: Number(r), p: Number(p) }
        const key = await derive(password, Buffer.from(salt, 'base64url'), cost)
        const expected = Buffer.from(wanted, 'base64url')
        return expected.length === key.length && timingSafeEqual(key, expected)
      }),
  }
}

function derive(password: string, salt: Buffer, cost: typeof COST): Promise<Buffer> {
  // One text, however the device composes its characters.
  const text = password.normalize('NFKC')
  return new Promise((resolve, reject) =>
    scrypt(text, salt, BYTES, { ...cost, maxmem: 256 * cost.N * cost.r }, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  )
}

/** Throws unless it can be a password. */
export function requirePassword(password: string, field: string, userId: string): void {
  const length = characterCount(password)
  const { least, most } = PASSWORD_LENGTH
  if (length < least || length > most) {
    throw paramError('paramRange', field, ` 有 ${length} 个字符：密码须为 ${least} 到 ${most} 个字符`)
  }
  const letters = new Set(password.toLowerCase())
  if (letters.size < 4 || isNearly(password, userId)) {
    throw paramError('paramInvalid', field, ' 太容易猜到：不要重复同几个字符，也不要用自己的账号')
  }
}

/** Whether it is the account with a few characters more. */
function isNearly(password: string, userId: string): boolean {
  return password.toLowerCase().includes(userId.toLowerCase()) && password.length < userId.length + 4
}
