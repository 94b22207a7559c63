import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { openapiDocument } from 'genjin-contract'

/**
 * /openapi.json and the reference page /docs. The page's files are served from here; its content security policy forbids
 * loading anything from elsewhere.
 */
export async function registerReference(app: FastifyInstance): Promise<void> {
  const document = openapiDocument()
  app.get('/openapi.json', async () => document)
  // The plugin finds the document under this name.
  app.decorate('swagger', () => document)
  const options = {
    routePrefix: '/docs',
    logo: null,
    uiConfig: {
      // Without the top bar, which loads other documents.
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
  // Called instead of registered: as a plugin it requires @fastify/swagger, which would generate a second document.
  await app.register(async (scope) => swaggerUi(scope as never, options as never, () => {}))
}
