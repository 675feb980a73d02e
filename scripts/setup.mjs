// Brings a fresh clone to a state in which everything runs. Plain JavaScript for the host's own Node (20 or later):
// it installs the packages, among them the Node that the project itself runs on, generates the database client, and builds the
// client with its command and the console.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const inRoot = (...path) => join(root, ...path);

function run(what, command, argumentList, environment = {}) {
  const started = performance.now();
  process.stderr.write(`${what} ... `);
  const result = spawnSync(command, argumentList, {
    cwd: root,
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) {
    process.stderr.write(`failed\n${result.error ?? ''}${result.stdout ?? ''}${result.stderr ?? ''}\n`);
    process.exit(result.status || 1);
  }
  process.stderr.write(`${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

/** Runs a step once for the present content of the files it depends on; the stamp beside its result remembers which. */
function upToDate(stampPath, inputs, step) {
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(readFileSync(inRoot(input)));
  const digest = hash.digest('hex');
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === digest) return;
  step();
  writeFileSync(stampPath, digest);
}

upToDate(inRoot('node_modules', '.pushforward-installed'), ['package-lock.json'], () =>
  run('Installing packages', 'npm', ['ci', '--no-audit', '--no-fund'], {
    // The GPU files that this package would download are not used: its CPU libraries are in the package itself.
    npm_config_onnxruntime_node_install: 'skip',
  }),
);
upToDate(inRoot('node_modules', '.pushforward-generated'), ['prisma/schema.prisma', 'package-lock.json'], () =>
  run('Generating the database client', process.execPath, [inRoot('node_modules/prisma/build/index.js'), 'generate'], {
    // `generate` does not use the schema engine; naming any executable keeps the command from downloading one.
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    CHECKPOINT_DISABLE: '1',
  }),
);
const builds = [
  ['client', ['scripts/client.ts', 'tsconfig.json']],
  ['console', ['scripts/console.ts']],
];
for (const [name, inputs] of builds)
  upToDate(inRoot(name, 'dist', '.built'), [...filesOf(name), ...inputs, ...sharedInputs()], () =>
    run(`Building the ${name}`, inRoot('node_modules', '.bin', 'node'), [inRoot('scripts', `${name}.ts`)]),
  );

/** What both are made of besides their own files. */
function sharedInputs() {
  return ['openapi/openapi.json', 'package-lock.json', 'scripts/api-types.ts', 'scripts/typescript-interface.ts'];
}

/** What a folder is made of: neither what its build makes, nor its tests. */
function filesOf(folder) {
  const files = readdirSync(inRoot(folder), { recursive: true, withFileTypes: true });
  const made =
    /[\\/]\.?dist\b|[\\/]node_modules[\\/]|[\\/]api[\\/](schema\.d\.ts|training\.json)$|^client[\\/](src[\\/]schema\.ts$|test[\\/])/;
  return files
    .filter((file) => file.isFile())
    .map((file) => relative(root, join(file.parentPath ?? file.path, file.name)))
    .filter((path) => !made.test(path))
    .sort();
}
