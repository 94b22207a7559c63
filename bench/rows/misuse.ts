import { abuse } from '../../test/crash/abuse.ts'
import type { Figure } from '../figures.ts'
import type { Setting } from './setting.ts'

const RECORDS = 60_000
const SECONDS = 5

/** P13: how much memory a server of its own takes at most while one company's clients misbehave, one way after the other. */
export async function misuse({ databases, thorough, plan }: Setting): Promise<Figure[]> {
  await databases.create('misuse')
  const results = await abuse({
    temp: {
      database: databases.envOf('misuse').GENJIN_DATABASE as string,
      query: (text) => databases.query('misuse', text),
    },
    records: thorough ? 2_000 : RECORDS,
    seconds: thorough ? plan.roundSeconds : SECONDS,
    log: () => {},
  })
  const peaks = results.flatMap(({ peakMb }) => peakMb ?? [])
  if (peaks.length === 0) return []
  return [{ id: 'P13', of: 'memory', value: Math.max(...peaks), facts: { kinds: results.length } }]
}
