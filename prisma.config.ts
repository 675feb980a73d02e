import { defineConfig } from 'prisma/config';

// biome-ignore lint/style/noDefaultExport: Prisma's command line reads the default export.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? '' },
});
