import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

/** For `node --import`: writes the addresses of all modules that the process has loaded into the file LOADED_MODULES. */
const urls = new Set<string>()
registerHooks({
  load(url, context, nextLoad) {
    urls.add(url)
    return nextLoad(url, context)
  },
})
process.on('exit', () => writeFileSync(process.env.LOADED_MODULES as string, [...urls].join('\n')))
