import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');

/** What the linter, set up as for this project, says of a file whose only import is this one. */
async function lint(file: string, imported: string) {
  const directory = await mkdtemp(join(tmpdir(), 'arrows-'));
  try {
    await copyFile(join(root, 'biome.json'), join(directory, 'biome.json'));
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), `import { thing } from '${imported}';\n\nthing();\n`);
    const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
    const options = ['lint', '--vcs-enabled=false', '--only=style/noRestrictedImports', file];
    const { status, stdout, stderr } = spawnSync(process.execPath, [biome, ...options], {
      cwd: directory,
      encoding: 'utf8',
    });
    return { status, output: stdout + stderr };
  } finally {
    await rm(directory, { recursive: true });
  }
}

const refused: readonly [file: string, imported: string][] = [
  ['src/flow/bijectors/new.ts', '../../engine/engine.ts'],
  ['src/flow/bijectors/new.ts', '../../store/store.ts'],
  ['src/flow/new.ts', 'node:fs'],
  ['src/flow/new.ts', 'fastify'],
  ['src/flow/new.ts', '../config/settings.ts'],
  ['src/config/new.ts', '../store/store.ts'],
  ['src/engine/new.ts', '../training/fit.ts'],
  ['src/table/new.ts', '../store/store.ts'],
  ['src/store/new.ts', '../queue/queue.ts'],
  ['src/queue/new.ts', '../training/trainer.ts'],
  ['src/training/new.ts', '../http/app.ts'],
  ['src/serving/new.ts', '../training/fit.ts'],
  ['src/serving/new.ts', '../scoring/scores.ts'],
  ['src/store/new.ts', '../bulk/sizes.ts'],
  ['src/scoring/new.ts', '../bulk/sizes.ts'],
  ['src/bulk/new.ts', '../queue/queue.ts'],
  ['src/bulk/new.ts', '../http/app.ts'],
  ['src/telemetry/new.ts', '../store/store.ts'],
  ['src/engine/new.ts', '../telemetry/tracing.ts'],
  ['src/statistics/new.ts', '../flow/flow.ts'],
  ['src/figures/new.ts', '../flow/flow.ts'],
  ['src/figures/new.ts', 'node:fs'],
  ['src/report/new.ts', '../store/store.ts'],
  ['src/http/routes/new.ts', '../../main.ts'],
  ['console/src/pages/new.ts', '../../../src/flow/flow.ts'],
  ['client/src/new.ts', '../../src/flow/flow.ts'],
  ['client/src/new.ts', 'node:fs'],
  ['client/src/new.ts', './cli/run.ts'],
  ['client/src/cli/new.ts', '../../../src/flow/flow.ts'],
];

for (const [file, imported] of refused)
  test(`${file} may not import ${imported}`, async () => {
    const { status, output } = await lint(file, imported);
    assert.equal(status, 1, output);
    assert.match(output, /Imports run one way|src\/flow is pure/);
  });

test('what the arrows allow is allowed', async () => {
  for (const [file, imported] of [
    ['src/flow/new.ts', './graph/tensor.ts'],
    ['src/training/new.ts', '../store/store.ts'],
    ['src/queue/new.ts', '../telemetry/origin.ts'],
    ['src/bulk/new.ts', '../scoring/scores.ts'],
    ['src/http/routes/new.ts', '../../serving/serving.ts'],
    ['src/figures/new.ts', '../statistics/holm.ts'],
    ['src/report/new.ts', '../figures/figure.ts'],
    ['console/src/pages/new.ts', '../api/client.ts'],
    ['console/src/plots/new.ts', '../../../src/figures/figure.ts'],
    ['client/src/new.ts', './error.ts'],
    ['client/src/cli/new.ts', '../error.ts'],
    ['client/src/cli/new.ts', 'node:fs'],
  ]) {
    const { status, output } = await lint(file, imported);
    assert.equal(status, 0, output);
  }
});
