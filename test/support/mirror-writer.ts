import { openMirror } from 'genjin-sync'
import { catchUp, longFeed, WRITER } from './mirror-feed.ts'

/** A process that follows a made-up feed into a copy, to be killed: `node mirror-writer.ts TO SEED CHANGES RESETS`. */
const [to = '', ...numbers] = process.argv.slice(2)
const [seed, changes, resets] = numbers.map(Number) as [number, number, number]
const model = longFeed(seed, changes, resets)
const mirror = await openMirror(to, WRITER)
console.log('open')
await catchUp(mirror, model, 20)
await mirror[Symbol.asyncDispose]()
console.log('done')
