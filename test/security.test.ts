import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { pino } from 'pino';
import { buildApp } from '../src/http/app.ts';
import { startTestApp } from './support/app.ts';

const root = join(import.meta.dirname, '..');

test('every test that SECURITY.md names is there', async () => {
  const text = await readFile(join(root, 'SECURITY.md'), 'utf8');
  const named = [...text.matchAll(/^- `(test\/\S+\.test\.ts)`: (.+)$/gm)];
  assert.ok(named.length >= 25);
  for (const [, file, name] of named) {
    const source = await readFile(join(root, file), 'utf8');
    // Those that are made of a list are named by their pattern.
    assert.ok(
      [`test('${name}'`, `test(\`${name}\``].some((begin) => source.includes(begin)),
      `${file}: ${name}`,
    );
  }
  for (let point = 1; point <= 10; point++) assert.match(text, new RegExp(`^## API${point}: `, 'm'));
});

/** What reaches out to other machines, or makes code of text. */
const refused = [
  /\bfetch\(/,
  /from 'node:(http|https|http2|net|tls|dgram|vm|child_process)'/,
  /\beval\(/,
  /\bnew Function\b/,
  /\bimport\((?!['"])/,
];
/** The server's own types, the embedded database's programs. */
const allowed: ReadonlyMap<string, RegExp> = new Map([
  ['src/http/connections/client-errors.ts', /STATUS_CODES|type \{ Socket/],
  ['src/http/connections/close.ts', /import type/],
  ['src/http/access/local-host.ts', /isIP/],
  ['src/config/networks.ts', /isIP/],
  ['src/http/problem.ts', /STATUS_CODES/],
  ['src/http/plugins/deadlines.ts', /type \{ Socket/],
  // Packages, by names that are not a client's.
  ['src/store/embedded/postgres-programs.ts', /await import\(pathToFileURL\(resolve\(name\)\)\.href\)|from 'node:/],
  ['src/engine/tensorflow/backend.ts', /await import\(nativeLibrary\)/],
]);

test('the service fetches nothing and runs no text as code', async () => {
  const files = (await readdir(join(root, 'src'), { recursive: true })).filter(
    (file) => file.endsWith('.ts') && !file.startsWith(join('store', 'client')),
  );
  assert.ok(files.length > 150);
  const found: string[] = [];
  for (const file of files) {
    const path = join('src', file);
    for (const line of (await readFile(join(root, path), 'utf8')).split('\n'))
      if (refused.some((pattern) => pattern.test(line)) && !allowed.get(path)?.test(line))
        found.push(`${path}: ${line}`);
  }
  // The embedded database is started as a process.
  assert.deepEqual(
    found.filter(
      (line) =>
        !/^src\/store\/embedded\/(free-port|postgres-programs)\.ts: import .* from 'node:(child_process|net)'/.test(
          line,
        ),
    ),
    [],
  );
});

test('file names and ids of clients are never paths', async () => {
  await using service = await startTestApp();
  const escaped = join(root, 'escaped');
  for (const filename of ['../../../escaped.csv', '/escaped.csv', '..\\..\\escaped.csv', `${escaped}.csv`]) {
    const upload = service.request.post('/v1/datasets').field('name', '../../escaped');
    const { body } = await upload
      .attach('file', Buffer.from('x,y\n1,2\n'), { filename, contentType: 'text/csv' })
      .expect(201);
    assert.equal(body.name, '../../escaped');
  }
  assert.equal(existsSync(`${escaped}.csv`) || existsSync('/escaped.csv'), false);
  assert.deepEqual(await service.uploads(), []);
  for (const id of ['..%2f..%2fetc%2fpasswd', '%2e%2e', '....%2f', '%00', "1'%20OR%20'1'='1"])
    for (const path of [
      `/v1/datasets/${id}`,
      `/v1/datasets/${id}/rows`,
      `/v1/models/${id}/onnx`,
      `/docs/static/${id}`,
    ]) {
      const { status } = await service.request.get(path);
      assert.ok(status >= 400 && status < 500, `${path}: ${status}`);
    }
});

test('what clients send cannot forge a line of the log', async () => {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(...String(chunk).trimEnd().split('\n'));
      done();
    },
  });
  await using service = await startTestApp();
  const log = pino({ level: 'trace' }, sink);
  const app = await buildApp({ ...service.services, log });
  await app.inject({ url: '/v1/%0a%7b%22level%22:50%7d', headers: { 'user-agent': '{"level":50}' } });
  await app.close();
  assert.ok(lines.length > 0);
  for (const line of lines) assert.notEqual(JSON.parse(line).level, 50, line);
});

test('ONNX Runtime is loaded without its telemetry', async () => {
  delete process.env['ORT_DISABLE_TELEMETRY'];
  const script = "import './src/config.ts'; console.log(process.env.ORT_DISABLE_TELEMETRY)";
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(stdout.trim(), '1');
  for (const directory of ['engine', 'training', 'serving'])
    for (const file of await readdir(join(root, 'src', directory), { recursive: true })) {
      if (!file.endsWith('.ts')) continue;
      const source = await readFile(join(root, 'src', directory, file), 'utf8');
      const [telemetry, runtime] = ["import './no-telemetry.ts'", "from 'onnxruntime-node'"].map((text) =>
        source.indexOf(text),
      );
      if (runtime >= 0) assert.ok(telemetry >= 0 && telemetry < runtime, file);
    }
});
