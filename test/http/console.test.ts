import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fastify from 'fastify';
import supertest from 'supertest';
import { consolePlugin } from '../../src/http/plugins/console.ts';
import { helmetPlugin } from '../../src/http/plugins/helmet.ts';
import { privateAnswersPlugin } from '../../src/http/plugins/private-answers.ts';
import { startTestApp } from '../support/app.ts';
import { temporaryDirectory } from '../support/postgres.ts';

const service = await startTestApp({ apiKeys: ['a-key-of-sixteen-characters'] });
after(() => service[Symbol.asyncDispose]());
const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

test('the console needs no key, and its page allows nothing but what the service itself sends', async () => {
  for (const path of ['/', '/datasets', '/models/01930000-0000-7000-8000-000000000000?tab=1']) {
    const { headers, text } = await service.request.get(path).set(html).expect(200);
    assert.match(headers['content-type'], /^text\/html/);
    assert.equal(headers['cache-control'], 'no-cache');
    const policy = headers['content-security-policy'];
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.doesNotMatch(text, /<style|<script(?![^>]* src="\/assets\/)| style=|https?:/);
  }
});

test('the page is asked about each time, and its parts never', async () => {
  const page = await service.request.get('/').set(html).expect(200);
  await service.request.get('/').set(html).set('if-none-match', page.headers['etag']).expect(304);
  await service.request.head('/').set(html).expect(200);
  const [, script] = /src="(\/assets\/[^"]+\.js)"/.exec(page.text) ?? [];
  const answer = await service.request.get(script).set('accept-encoding', 'br').expect(200);
  assert.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.equal(answer.headers['content-encoding'], 'br');
  assert.match(answer.headers['content-type'], /javascript/);
});

test('what is no page of the console stays a problem', async () => {
  for (const path of ['/v1/nothing', '/v2/nothing', '/v3', '/docs/nothing', '/assets/nothing.js'])
    await service.request.get(path).set(html).expect(404);
  for (const path of ['/nothing', '/datasets']) {
    const { body } = await service.request.get(path).set('accept', 'application/json').expect(404);
    assert.equal(body.code, 'route-not-found');
  }
  await service.request.post('/datasets').set(html).expect(404);
});

test('a console that is not built says how it is built', async () => {
  await using directory = await temporaryDirectory();
  const app = fastify();
  for (const plugin of [helmetPlugin, privateAnswersPlugin]) await app.register(plugin);
  await app.register(consolePlugin, { directory: directory.path });
  await app.ready();
  const { text } = await supertest(app.server)
    .get('/')
    .expect(200)
    .expect('content-type', /^text\/plain/);
  assert.match(text, /npm run setup/);
  await app.close();
});
