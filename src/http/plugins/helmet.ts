import helmet from '@fastify/helmet';
import fp from 'fastify-plugin';

/** Security headers, under which the API's own documentation page works. */
export const helmetPlugin = fp(
  async (app) => {
    await app.register(helmet, {
      contentSecurityPolicy: {
        directives: {
          defaultSrc: ["'self'"],
          imgSrc: ["'self'", 'data:'],
          styleSrc: ["'self'", "'unsafe-inline'"],
          objectSrc: ["'none'"],
          // The service itself speaks plain HTTP; a proxy that adds TLS can add this too.
          upgradeInsecureRequests: null,
        },
      },
    });
  },
  { name: 'helmet' },
);
