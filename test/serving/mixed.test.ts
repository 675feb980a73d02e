import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { Tensor } from 'onnxruntime-web';
import { noiseColumns } from '../../src/flow/density.ts';
import { ModelProtoSchema } from '../../src/flow/graph/onnx_pb.ts';
import { normalRows } from '../../src/flow/random/stream.ts';
import { assertClose } from '../support/close.ts';
import { densityOf } from '../support/densities.ts';
import { categoryColumn, numberColumn } from '../support/encodings.ts';
import { smallNetwork } from '../support/mixed.ts';
import { type ServedDensity, serveDensity } from '../support/served-density.ts';

const splines = { transform: 'spline', bins: 4, ...smallNetwork };
const density = densityOf(
  [
    {
      base: { type: 'student-t' },
      layers: [
        { type: 'coupling', ...splines },
        { type: 'permutation', kind: 'swap' },
      ],
    },
    {
      layers: [
        { type: 'autoregressive', ...splines },
        { type: 'affine', ...smallNetwork },
      ],
    },
  ],
  {
    columns: [
      categoryColumn(3, { categories: [true, 'two', 3] }),
      numberColumn({ kind: 'integer', lower: 0, scale: 0.7 }),
      numberColumn({ lower: 0, upper: 1, missing: true }),
      categoryColumn(2, { missing: true }),
      numberColumn({ location: 1e6, scale: 50, missing: true }),
    ],
    context: [categoryColumn(2), numberColumn({ missing: true })],
  },
);
const none = Number.NaN;
const rows = [
  [0, 0, 0.25, 1, 1e6, 0, 0.5],
  [2, 17, none, none, 999_950, 1, none],
  [1, 3, 0.999, 0, none, 1, -2],
  [1, 3, none, 0, none, 0, 1],
  [3, 3, 0.5, 0, 1e6, 1, 0],
  [0, 1.5, 0.5, 0, 1e6, 1, 0],
  [0, 1, 1.5, 0, 1e6, 1, 0],
];

let served: ServedDensity;
before(async () => {
  served = await serveDensity(density);
});
after(() => served[Symbol.asyncDispose]());

test('rows of every kind are scored, in the service and by another runtime from the file alone', async () => {
  const values = Float64Array.from(rows.flat());
  const expected = await served.serving.logProb(served.id, values, rows.length);
  assert.ok(expected.subarray(0, 4).every(Number.isFinite), `${expected}`);
  assert.deepEqual(Array.from(expected.subarray(4)), new Array(3).fill(Number.NEGATIVE_INFINITY));
  const { logProb } = await served.elsewhere('log-prob', { rows: new Tensor('float64', values, [rows.length, 7]) });
  // Single precision, computed by other kernels.
  assertClose(Array.from(logProb.data, Number), expected, 1e-4, 'log-density');
});

test('rows are drawn, in codes that can be scored, and by another runtime from the same noise', async () => {
  const context = [1, none];
  const drawn = await served.serving.sample(served.id, { n: 256, seed: 3, context });
  const all = Array.from({ length: 256 }, (_, row) => [...drawn.subarray(5 * row, 5 * row + 5), ...context]);
  const scores = await served.serving.logProb(served.id, Float64Array.from(all.flat()), 256);
  assert.ok(scores.every(Number.isFinite));
  const width = noiseColumns(density);
  const results = await served.elsewhere('sample', {
    noise: new Tensor('float32', normalRows(3, 0, 256, width), [256, width]),
    context: new Tensor('float64', Float64Array.from(all.flatMap(() => context)), [256, 2]),
  });
  const others = Array.from(results.rows.data, Number);
  for (let index = 0; index < others.length; index++)
    assert.equal(Number.isNaN(others[index]), Number.isNaN(drawn[index]));
  const present = (values: ArrayLike<number>) => Array.from(values).filter((value) => !Number.isNaN(value));
  assert.ok(present(drawn).length < drawn.length);
  // Single precision, computed by other kernels.
  assertClose(present(others), present(drawn), 1e-4, 'rows');
});

test('the file says of each column what may stand in it', async () => {
  const { metadataProps } = fromBinary(ModelProtoSchema, await served.serving.onnx(served.id, 'log-prob'));
  const metadata = Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]));
  assert.deepEqual(JSON.parse(metadata.columns), ['x0', 'x1', 'x2', 'x3', 'x4']);
  assert.deepEqual(JSON.parse(metadata.kinds), [
    { name: 'x0', kind: 'categorical', categories: [true, 'two', 3], mayBeMissing: false },
    { name: 'x1', kind: 'integer', lower: 0, mayBeMissing: false },
    { name: 'x2', kind: 'continuous', lower: 0, upper: 1, mayBeMissing: true },
    { name: 'x3', kind: 'categorical', categories: ['category 0', 'category 1'], mayBeMissing: true },
    { name: 'x4', kind: 'continuous', mayBeMissing: true },
    { name: 'c0', kind: 'categorical', categories: ['category 0', 'category 1'], mayBeMissing: false },
    { name: 'c1', kind: 'continuous', mayBeMissing: true },
  ]);
  assert.match(metadata['input.rows'], /^double \[rows, 7\]: .*; a category is its place, .* a missing cell NaN$/);
});
