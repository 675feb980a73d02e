FROM node:24-slim AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY client/package.json client/

# What runs, of the architecture that is built for; without what no process here loads: the command line and the compiler, which
# the database client names as packages that it works with, and the hundred that they bring; other systems' libraries; source maps.
FROM manifests AS packages
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --workspaces=false --no-audit --no-fund \
 && npm uninstall --no-save --omit=dev --workspaces=false --ignore-scripts --no-audit --no-fund prisma \
 && rm -rf node_modules/typescript node_modules/@typescript \
 && find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 -type d \
      ! -path "*/linux/$(node --print process.arch)" -exec rm -r {} + \
 && find node_modules -name '*.map' -delete

# What is made of the sources by development packages, none of whose install scripts needs to run: the database client and the
# console. Naming any executable as the schema engine keeps the command from downloading one that it does not use.
FROM manifests AS build
RUN --mount=type=cache,target=/root/.npm npm ci --workspaces=false --ignore-scripts --no-audit --no-fund
COPY prisma prisma
COPY prisma.config.ts tsconfig.json ./
RUN CHECKPOINT_DISABLE=1 PRISMA_SCHEMA_ENGINE_BINARY=/usr/local/bin/node \
    node node_modules/prisma/build/index.js generate
COPY openapi openapi
COPY console console
COPY src/figures src/figures
COPY src/statistics src/statistics
COPY scripts scripts
RUN node scripts/console.ts

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 PROBE_PORT=3001 DATA_DIR=/data
RUN mkdir /data && chown node:node /data
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY prisma/migrations prisma/migrations
COPY scripts scripts
COPY src src
COPY --from=build /app/src/store/client src/store/client
COPY --from=build /app/console/dist console/dist
# The user "node" of the base image, by number, so that Kubernetes can tell that it is not root.
USER 1000
VOLUME /data
# The API and the console; what a worker says of itself.
EXPOSE 3000 3001
HEALTHCHECK --start-period=30s --interval=10s --timeout=5s CMD ["node", "scripts/health.mjs"]
CMD ["node", "src/main.ts"]
