import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { openapiDocument } from 'genjin-contract'

/**
 * /openapi.json and the reference page /docs. The page's files come with the server; its content security policy lets
 * it load nothing from elsewhere.
 */
export async function registerReference(app: FastifyInstance): Promise<void> {
  const document = openapiDocument()
  app.get('/openapi.json', async () => document)
  // The page asks the instance for its document by this name.
  app.decorate('swagger', () => document)
  const options = {
    routePrefix: '/docs',
    logo: null,
    uiConfig: {
      // Without the bar of another project's name and a field that loads other documents.
      layout: 'BaseLayout',
      docExpansion: 'list',
      defaultModelsExpandDepth: -1,
      tryItOutEnabled: true,
      validatorUrl: null,
    },
    theme: { title: 'genjin 跟进 API' },
    staticCSP:
      "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
  }
  // Called rather than registered: as a plugin it insists on @fastify/swagger, which would write a second document.
  await app.register(async (scope) => swaggerUi(scope as never, options as never, () => {}))
}
