import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { PASSWORD_LENGTH } from 'genjin-contract'
import { characterCount } from 'genjin-record'
import { paramError, ServiceError } from '../../errors.ts'

/** Hashes passwords, one at a time in a process: each takes 0.2 s of a CPU and 16 MiB. */
export interface PasswordHasher {
  /** What the database keeps. Throws `tooMany` when too many wait. */
  hash(password: string): Promise<string>
  /** Whether it is the password; takes as long when there is none. Throws `tooMany` when too many wait. */
  matches(password: string, stored: string | null): Promise<boolean>
  /** Throws `tooMany` when too many wait. */
  requireRoom(): void
}

/** OWASP's parameters for scrypt with 16 MiB. */
const COST = { N: 2 ** 14, r: 8, p: 5 }
const BYTES = 32
/** So many sign-ins may wait: about five seconds. */
const MOST_WAITING = 24

/** Stands for a password where there is none: nothing matches it. */
const NONE = `scrypt$16384$8$5$${'A'.repeat(22)}$`

export function createPasswordHasher(random: (bytes: number) => Buffer = randomBytes): PasswordHasher {
  let waiting = 0
  let last: Promise<unknown> = Promise.resolve()
  function requireRoom(): void {
    if (waiting < MOST_WAITING) return
    throw new ServiceError('tooMany', '正在登录的人过多：请 5 秒后再试', { retryAfterSeconds: 5 })
  }
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    requireRoom()
    waiting++
    const turn = last.then(work, work).finally(() => waiting--)
    last = turn.catch(() => {})
    return turn
  }
  return {
    requireRoom,
    hash: async (password) =>
      inTurn(async () => {
        const salt = random(16)
        const key = await derive(password, salt, COST)
        const { N, r, p } = COST
        return ['scrypt', N, r, p, salt.toString('base64url'), key.toString('base64url')].join('$')
      }),
    matches: async (password, stored) =>
      inTurn(async () => {
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
