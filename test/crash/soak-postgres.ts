import { ADMIN, asAdmin, makeRole, ROLE, startPostgres } from '../support/postgres.ts'

/**
 * Gives a soak the PostgreSQL that test/run.ts gives to tests: the one of GENJIN_TEST_POSTGRES_URL (a superuser's
 * address), or one that is started here.
 */
export async function soakPostgres(): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const given = process.env.GENJIN_TEST_POSTGRES_URL
  const admin = given || stack.use(await startPostgres(['max_connections=300'])).url
  const role = await makeRole(admin)
  stack.defer(() =>
    asAdmin((client) => client.query(`DROP ROLE ${role.split(':')[0]}`), admin).then(() => {}),
  )
  process.env[ADMIN] = admin
  process.env[ROLE] = role
  return stack.move()
}
