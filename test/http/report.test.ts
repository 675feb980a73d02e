import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseHTML } from 'linkedom';
import { conditionalModel, queuedModel, readyModel, startTestApp, type TestApp } from '../support/app.ts';
import { exactModel } from '../support/gaussian-groups.ts';

let service: TestApp;
let id: string;
let mixed: TestApp;
before(async () => {
  service = await startTestApp();
  id = await readyModel(service);
  mixed = await startTestApp({ serve: () => exactModel });
});
after(async () => {
  await service[Symbol.asyncDispose]();
  await mixed[Symbol.asyncDispose]();
});

const headingsOf = (page: string, level = 'h2') =>
  [...parseHTML(page).document.querySelectorAll(level)].map(({ textContent }) => String(textContent));

test('a report is one page to look at and to keep, under a policy of its own', async () => {
  const { text, headers } = await service.request.get(`/v1/models/${id}/report`).expect(200);
  assert.equal(headers['content-type'], 'text/html; charset=utf-8');
  assert.equal(headers['content-disposition'], 'inline; filename="normal-report.html"');
  assert.match(headers['content-security-policy'], /^default-src 'none'; style-src 'sha256-[^']+'; .*; sandbox$/);
  assert.equal(headers['cache-control'], 'no-store');
  assert.deepEqual(headingsOf(text, 'h1'), ['normal']);
  // Its density is exact, of both columns together.
  assert.ok(headingsOf(text, 'h3').includes('x and y'), text);
  assert.match(text, /Test log-likelihood.*−2\.000/s);
  assert.match(text, /&#34;datasetId&#34;: &#34;[0-9a-f-]{36}&#34;/);
});

test('of many columns the pairs are shown that go together most, and each column by itself', async () => {
  const { text } = await mixed.request.get(`/v1/models/${await readyModel(mixed)}/report`).expect(200);
  const headings = headingsOf(text, 'h3');
  for (const column of ['x', 'y', 'w', 'group']) assert.ok(headings.includes(column), `${headings}`);
  assert.equal(headings.filter((heading) => heading.includes(' and ')).length, 3);
  assert.ok(headings.includes('x and w'), `${headings}`);
});

test('the context is taken as usual, and where that is not known densities are left out', async () => {
  const conditional = await conditionalModel(service);
  const path = `/v1/models/${conditional}/report`;
  // Of y = row / 7 over 30 rows the median is 14.5 / 7.
  assert.match((await service.request.get(path).expect(200)).text, /Given y = 2\.07/);
  const { body: model } = await service.request.get(`/v1/models/${conditional}`);
  await service.request.delete(`/v1/datasets/${model.datasetId}`).expect(204);
  const { text } = await service.request.get(path).expect(200);
  assert.match(text, /what values are usual is no longer known/);
  assert.match(text, /a dataset that is deleted/);
});

test('there is no report of a model that is not ready, or not there', async () => {
  const queued = await queuedModel(service);
  const { body } = await service.request.get(`/v1/models/${queued.id}/report`).expect(409);
  assert.equal(body.code, 'model-not-ready');
  const missing = await service.request.get('/v1/models/01930000-0000-7000-8000-000000000000/report').expect(404);
  assert.equal(missing.body.code, 'model-not-found');
  await service.request.get('/v1/models/1/report').expect(404);
});
