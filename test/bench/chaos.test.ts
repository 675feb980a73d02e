import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chaos } from '../../bench/chaos/chaos.ts';
import { allKills, killsOf, planRound } from '../../bench/chaos/plan.ts';
import { bodyOf, columns, randomRows } from '../../bench/chaos/tables.ts';
import { Tally } from '../../bench/chaos/tally.ts';
import { readParquet } from '../support/parquet.ts';

test('a round follows from the seed and its number', () => {
  const plan = (seed: number, number: number) => planRound(seed, number, allKills);
  assert.deepEqual(plan(1, 5), plan(1, 5));
  assert.notDeepEqual(plan(1, 5), plan(2, 5));
  assert.notDeepEqual(plan(1, 5).actions, plan(1, 6).actions);
  const rounds = Array.from({ length: 300 }, (_, number) => plan(1, number));
  assert.deepEqual(new Set(rounds.map(({ kill }) => kill)), new Set(allKills));
  assert.ok(rounds.every(({ form, kill }) => killsOf[form].some((possible) => possible === kill)));
  assert.equal(rounds.filter(({ form }) => form === 'single').length, 100);
});

test('of the kills only those come that are asked for', () => {
  const rounds = Array.from({ length: 50 }, (_, number) => planRound(1, number, ['service']));
  assert.ok(rounds.every(({ form, kill }) => form === 'single' && kill === 'service'));
});

test('tables are the same in every format', async () => {
  const rows = randomRows(200, 6);
  const { bytes } = bodyOf(rows, 'parquet');
  const read = await readParquet(bytes);
  assert.deepEqual(read.names, columns);
  assert.deepEqual(read.rows, rows);
  const json: { rows: unknown } = JSON.parse(new TextDecoder().decode(bodyOf(rows, 'json').bytes));
  assert.deepEqual(json.rows, rows);
});

test('after kills of a service nothing is lost, made twice, stuck or left behind', async () => {
  const tally = new Tally();
  await chaos({ rounds: 2, seed: 1, kills: ['service'] }, tally);
  assert.equal(tally.of('kills of service'), 2);
  assert.ok(tally.of('datasets acknowledged') > 0);
  assert.ok(tally.of('models ready') > 0);
  assert.equal(tally.faults, 0);
});
