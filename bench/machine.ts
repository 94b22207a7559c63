import { spawnSync } from 'node:child_process'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Engine, PostgresSetting } from './databases.ts'

/** Where and on what the figures were taken. */
export type Machine = ReturnType<typeof machineOf>

export function machineOf(engine: Engine, postgres?: PostgresSetting) {
  return {
    date: new Date().toISOString(),
    commit: commitOf(),
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown CPU',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    engine,
    postgres,
  }
}

export function machineText({ date, commit, node, cpu, cores, memoryGb, engine, postgres }: Machine): string {
  const line = `${date} · commit ${commit} · Node ${node} · ${cpu}, ${cores} cores, ${memoryGb} GB`
  return `${line}\n${postgres ? postgresText(postgres) : engineName(engine)}`
}

export function engineName(engine: Engine): string {
  return engine === 'sqlite' ? 'SQLite' : 'PostgreSQL'
}

export function postgresText(setting: PostgresSetting): string {
  const { version, synchronousCommit, sharedBuffers, rowLevelSecurity, connections } = setting
  const security = rowLevelSecurity ? 'holds' : 'does not hold for this role'
  return (
    `PostgreSQL ${version} · synchronous_commit ${synchronousCommit} · shared_buffers ${sharedBuffers} · ` +
    `row-level security ${security} · ${connections} connections`
  )
}

/** With a `+` when files have uncommitted changes; `unknown` without git. */
function commitOf(): string {
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  const git = (...words: string[]) => spawnSync('git', words, { cwd, encoding: 'utf8' }).stdout?.trim() ?? ''
  const commit = git('rev-parse', '--short', 'HEAD')
  if (commit === '') return 'unknown'
  return git('status', '--porcelain', '--', 'packages', 'bench') === '' ? commit : `${commit}+`
}
