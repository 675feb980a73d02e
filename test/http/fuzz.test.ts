import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { changed, fuzz, goodAnswers, targetsAt } from '../../bench/fuzz/fuzz.ts';
import { credentials, keyEnvironment } from '../../bench/seeds.ts';
import { readyModel, startTestApp } from '../support/app.ts';
import { parquetOf } from '../support/parquet.ts';

const seed = 1;
/** Apart from each other so that few cases have all kinds; `node bench/fuzz/run.ts` has those between. */
const numbers = Array.from({ length: 400 }, (_, index) => 5 * index);

test(`${numbers.length} bad requests are refused for what they are, and leave nothing behind`, async () => {
  await using service = await startTestApp({ limits: { maxUploadBytes: 2 ** 24 } });
  const model = await readyModel(service);
  await service.store.apiKeys.adopt([keyEnvironment.API_KEYS]);
  const { body } = await service.request.get(`/v1/models/${model}`).set(...credentials);
  await service.app.listen({ port: 0, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${(service.app.server.address() as AddressInfo).port}`;
  const parquet = await parquetOf('SELECT range::DOUBLE AS x, range / 7 AS y FROM range(40)');
  const seeds = { model, dataset: body.datasetId, parquet, credentials };
  const targets = await targetsAt(url, seeds);

  const before = await goodAnswers(url, targets, seeds);
  const wrong: string[] = [];
  const statuses = new Set<number | undefined>();
  for await (const outcome of fuzz(url, targets, { seed, numbers })) {
    statuses.add(outcome.status);
    if (outcome.wrong) wrong.push(`${outcome.number}: ${outcome.target.name}, ${outcome.kind}: ${outcome.wrong}`);
  }
  assert.deepEqual(wrong, []);
  for (const status of [200, 201, 400, 405, 413, 415, 422]) assert.ok(statuses.has(status), `no answer was ${status}`);
  assert.deepEqual(changed(before, await goodAnswers(url, targets, seeds)), []);
  assert.deepEqual(await service.uploads(), []);
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});
