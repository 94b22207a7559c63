import type { FastifyInstance, FastifyReply } from 'fastify'
import { ServiceError } from '../errors.ts'
import type { Context } from '../service/context.ts'
import { successText } from './envelope.ts'

/** /livez: the process answers. /readyz: it can do its work (the database answers, it is not shutting down). */
export function registerProbes(app: FastifyInstance, context: Context): void {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  app.get('/livez', async (_request, reply) => ok(reply))
  app.get('/readyz', async (_request, reply) => {
    if (closing) throw new ServiceError('notReady', '服务正在关闭')
    try {
      await context.store.ping()
    } catch (error) {
      throw new ServiceError('notReady', '数据库没有响应', { cause: error })
    }
    return ok(reply)
  })
}

function ok(reply: FastifyReply): string {
  reply.header('Content-Type', 'application/json; charset=utf-8')
  return successText('ok', 'null')
}
