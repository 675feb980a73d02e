import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { temporaryDirectory } from '../../test/support/postgres.ts';
import { type ServiceProcess, startProcess } from '../../test/support/service.ts';
import { twoMoons } from '../../test/support/two-moons.ts';
import { Pushforward } from '../src/index.ts';
import { Command, ended } from './support/command.ts';

const key = 'a key of the tests of the command';
const values = twoMoons(400, { noise: 0.1, seed: 1 });
const csv = ['x,y', ...Array.from({ length: 400 }, (_, row) => `${values[2 * row]},${values[2 * row + 1]}`)].join('\n');
const id = /^[0-9a-f-]{36}\n$/;
const endless = { steps: 1_000_000, patience: 1_000_000, budgetSeconds: 600 };

/** A JSON value a line. */
const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('the command', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let service: ServiceProcess;
  let client: Pushforward;
  let command: Command;
  let file: string;

  before(async () => {
    directory = await temporaryDirectory();
    file = join(directory.path, 'moons.csv');
    await writeFile(file, csv);
    service = await startProcess({ DATA_DIR: join(directory.path, 'data'), API_KEYS: key });
    client = new Pushforward({ url: service.url, apiKey: key });
    command = await Command.into(directory.path, { PUSHFORWARD_URL: service.url, PUSHFORWARD_API_KEY: key });
    const made = await command.run(
      `pushforward upload ${file} && pushforward train moons --name waves --flow nice --steps 100 --watch`,
    );
    assert.equal(made.code, 0, made.stderr);
  });
  after(async () => {
    await service?.[Symbol.asyncDispose]();
    await directory?.[Symbol.asyncDispose]();
  });

  /** Runs it where it has to succeed. */
  const out = async (line: string, input = '') => {
    const { code, stdout, stderr } = await command.run(line, input);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const refused = async (line: string) => {
    const { code, stdout, stderr } = await command.run(line);
    assert.equal(stdout, '');
    return { code, stderr };
  };

  test('what is uploaded from a pipe is trained, watched, and its id comes out', async () => {
    const line = 'pushforward upload - --name piped | xargs pushforward train --flow nice --steps 50 --watch';
    const { code, stdout, stderr } = await command.run(line, csv);
    assert.equal(code, 0, stderr);
    assert.match(stdout, id);
    assert.match(
      stderr,
      /^piped: 400 rows of 2 columns\nTraining piped, version 1: .*\npiped, version 1, is ready: test log-likelihood -?\d+\.\d{3} nats a row \(/,
    );
    assert.ok(!stderr.includes('\r'), 'a bar where there is no terminal');
    await out('pushforward rm piped --kind model && pushforward rm piped');
  });

  test('rows come to a pipe, and one that is closed early is no error', async () => {
    const rows = await out('pushforward sample waves -n 3 --seed 7');
    assert.match(rows, /^x,y\n(-?[\d.e-]+,-?[\d.e-]+\n){3}$/);
    assert.equal(await out('pushforward sample waves -n 3 --seed 7'), rows);
    const { code, stdout, stderr } = await command.run('pushforward sample waves -n 1000000 --seed 7 | head -n 4');
    assert.deepEqual([code, stdout, stderr], [0, rows, '']);
    assert.match(await out('pushforward sample waves -n 1 --json'), /^\{"x":.*\}\n$/);
  });

  test('scores come in order, of a file or a pipe', async () => {
    const scores = await out(`pushforward score waves ${file}`);
    assert.equal(scores.trim().split('\n').length, 401);
    assert.equal(await out('pushforward score waves -', csv), scores);
    const line = 'pushforward score waves - --alpha 0.05 --input-format ndjson --json';
    const [usual, far] = linesOf(await out(line, '{"x":0,"y":1}\n{"x":50,"y":50}\n'));
    assert.deepEqual([usual.anomaly, far.anomaly], [false, true]);
  });

  test('a file is uploaded and trained in one go, by a spec in a file', async () => {
    const spec = join(directory.path, 'spec.json');
    await writeFile(spec, '{"layers":[{"type":"planar"}]}');
    const model = JSON.parse(
      await out(`pushforward train ${file} --flow ${spec} --columns x --context y --seed 3 --steps 50 --json --watch`),
    );
    assert.deepEqual([model.status, model.columns, model.context, model.seed], ['ready', ['x'], ['y'], 3]);
    const drawn = await out(`pushforward sample ${model.id} -n 1 --context '{"y":0.5}'`);
    assert.match(drawn, /^x\n-?[\d.]+\n$/);
    const events = linesOf(await out(`pushforward watch ${model.id} --json`));
    assert.deepEqual(events.at(-1), { id: String(events.length), type: 'status', data: { status: 'ready' } });
    await out(`pushforward rm ${model.id} ${model.datasetId}`);
  });

  test('lists, names, aliases and removal', async () => {
    assert.match(await out('pushforward models'), /^id +name +version +status.*\n[0-9a-f-]{36} +waves +1 +ready/);
    assert.match(await out('pushforward datasets'), /^id +name +rows +columns +created\n[0-9a-f-]{36} +moons +400 +2 /);
    const [model] = linesOf(await out('pushforward models --json'));
    await client.aliases.set('production', model.id);
    assert.match(await out('pushforward sample production -n 1'), /^x,y\n/);
    const bound = await refused('pushforward rm waves');
    assert.equal(bound.code, 1);
    assert.match(bound.stderr, /production/);
    await client.aliases.delete('production');

    const second = (await out(`pushforward upload ${file}`)).trim();
    const unsure = await refused('pushforward train moons');
    assert.match(unsure.stderr, /^pushforward: 2 datasets are called "moons".*\n {2}[0-9a-f-]{36} .*\n/);
    assert.ok(unsure.stderr.includes(second));
    await out(`pushforward rm ${second}`);
    assert.match(await out('pushforward upload - --name waves', csv), id);
    assert.match((await refused('pushforward rm waves')).stderr, /is a model and a dataset: say by --kind/);
    await out('pushforward rm waves --kind dataset');
    assert.deepEqual(await refused(`pushforward rm ${second}`), {
      code: 1,
      stderr: `pushforward: There is no model or dataset "${second}".\n`,
    });
  });

  test('Ctrl-C ends the watching, not the training', async () => {
    const [dataset] = linesOf(await out('pushforward datasets --json'));
    const asked = { datasetId: dataset.id, flow: 'nice', name: 'endless', training: endless };
    const { id } = await client.models.train(asked);
    const child = command.start('watch', 'endless', '--json');
    const finished = ended(child);
    await Promise.race([finished, child.stdout && once(child.stdout, 'data')]);
    child.kill('SIGINT');
    const { code, stderr } = await finished;
    const message = `The training goes on; to come back to it:\n  pushforward watch ${id}\n`;
    assert.deepEqual([code, stderr], [130, message]);
    assert.match((await client.models.get(id)).status, /queued|training/);
    await client.models.cancel(id);
    assert.match((await refused('pushforward watch endless --json > /dev/null')).stderr, /cancelled/);
    await out('pushforward rm endless');
  });

  test('errors say what is wrong, and end with 1', async () => {
    for (const [line, message] of [
      [
        `pushforward train moons --flow '{"layers":[{"type":"coupling","hiden":[8]}]}'`,
        /^pushforward: \/flow\/layers\/0\/hiden: /,
      ],
      ['pushforward train moons --flow nothing', /There is no preset "nothing"/],
      ["pushforward train moons --flow '{'", /^pushforward: --flow: /],
      ['pushforward sample nothing', /^pushforward: There is no model "nothing"\.\n$/],
      ['pushforward upload nowhere.csv', /^pushforward: nowhere\.csv cannot be read: ENOENT/],
      ['pushforward upload .', /^pushforward: \. is no file\.\n$/],
      ['pushforward --key wrong models', /known key\.\nGive a key/],
      [
        'pushforward --url http://127.0.0.1:9 models',
        /^pushforward: The service at http:\/\/127\.0\.0\.1:9 cannot be reached/,
      ],
    ] as const) {
      const { code, stderr } = await refused(line);
      assert.equal(code, 1, line);
      assert.match(stderr, message);
    }
    const { stderr } = await refused('pushforward --json train moons --flow \'{"layer":[]}\'');
    assert.equal(JSON.parse(stderr).errors[0].path, '/flow/layer');
  });

  test('a wrong use ends with 2, help and version with 0', async () => {
    for (const line of [
      '',
      'nothing',
      'sample',
      'sample waves -n 0',
      'sample waves --format json',
      'score waves - --alpha x',
      'score waves - --alpha 0.1 --fdr 0.1',
      'models --url localhost',
      "sample waves --context '{'",
      'models --all',
    ])
      assert.equal((await refused(`pushforward ${line}`)).code, 2, line);
    assert.match(await out('pushforward help'), /^Usage: pushforward/);
    assert.match(await out('pushforward --version'), /^\d+\.\d+\.\d+\n$/);
  });
});
