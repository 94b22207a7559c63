import pg from 'pg'

/**
 * Runs the statement of BENCH_SQL on the database of BENCH_DATABASE: a process of its own, so that another can stand still
 * until it is done, at its very end too. Not arguments: everyone on the machine can read those.
 */
async function main(): Promise<void> {
  // Ctrl-C reaches every process of a terminal: what has begun here is done all the same.
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})
  const client = new pg.Client({
    connectionString: process.env.BENCH_DATABASE ?? '',
    connectionTimeoutMillis: 10_000,
  })
  try {
    await client.connect()
    await client.query(process.env.BENCH_SQL ?? '')
  } catch (error) {
    // Several addresses of one host fail with an error that has no text of its own.
    const { message, code } = error as NodeJS.ErrnoException
    console.error(message || code)
    process.exitCode = 1
  }
  await client.end().catch(() => {})
}

await main()
