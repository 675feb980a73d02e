import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { loadConfig } from '../../src/config.ts';
import { scoredRows } from '../../src/http/answers/scored-rows.ts';
import { fewRows, smallJson } from '../../src/http/bodies/few-rows.ts';
import type { ColumnCodes } from '../../src/table/codes.ts';
import { collect } from '../support/tables.ts';

const columns: ColumnCodes[] = [
  { name: 'size', kind: 'number', lower: 0 },
  { name: 'city', kind: 'category', categories: ['Rome', 'Oslo'] },
];
const config = loadConfig({ MAX_SCORE_ROWS: '3' });

const bodyOf = (bytes: Buffer) => ({ chunks: Readable.from([bytes]), format: 'json' as const, gzip: false });

const read = [
  '{"rows":[[1,"Rome"],[2.5,"Oslo"]]}',
  ' { "rows" : [ [1e2, "Rome"] ] } ',
  '{"rows":[["a","Paris"],[null,null],[-1,7]]}',
  '{"rows":[[1],[1,"Rome",3],[]]}',
  '{"rows":[[1e999,"Rome"],[{"a":1},[2]]]}',
  '{"records":[{"city":"Rome","size":1},{"size":2}]}',
  '{"records":[{"size":"x","city":null},{}]}',
  '{"rows":[[1,"\\u0052ome"]]}',
];
for (const text of read)
  test(`a small body is read as a large one is: ${text}`, async () => {
    const bytes = Buffer.from(text);
    const [streamed] = await collect(scoredRows(bodyOf(bytes), { columns }, config, new AbortController().signal));
    assert.deepEqual(fewRows(bytes, columns, config.limits), streamed);
  });

const refused = [
  '',
  '{',
  '[]',
  'null',
  '7',
  '{}',
  '{"rows":[]}',
  '{"rows":7}',
  '{"rows":[[1,"Rome"]],"records":[]}',
  '{"rows":[[1,"Rome"]],"rows":[]}',
  '{"row":[[1,"Rome"]]}',
  '{"rows":[7]}',
  '{"rows":[[1,"Rome"]]} x',
  '{"records":[[1,"Rome"]]}',
  '{"records":[{"size":1,"city":"Rome","else":1}]}',
  `{"rows":[${new Array(4).fill('[1,"Rome"]')}]}`,
];
for (const text of [...refused.map((body) => Buffer.from(body)), Buffer.from('{"rows":[[1,"\xff"]]}', 'latin1')])
  test(`what is wrong with a small body is left to be said by what reads large ones: ${text}`, () => {
    assert.equal(fewRows(text, columns, config.limits), undefined);
  });

test('a small body of JSON is one whose headers say so', async () => {
  const bytes = Buffer.from('{"rows":[[1,"Rome"]]}');
  const halves = { ...bodyOf(bytes), chunks: Readable.from([bytes.subarray(0, 5), bytes.subarray(5)]) };
  assert.deepEqual(await smallJson(halves, String(bytes.length)), bytes);
  for (const [body, length] of [
    [bodyOf(bytes), undefined],
    [bodyOf(bytes), '1000000'],
    [{ ...bodyOf(bytes), gzip: true }, '21'],
    [{ ...bodyOf(bytes), format: 'csv' as const }, '21'],
  ] as const) {
    assert.equal(await smallJson(body, length), undefined);
    assert.deepEqual(Buffer.concat(await collect(body.chunks)), bytes);
  }
});
