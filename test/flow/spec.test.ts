import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { candidates } from '../../src/flow/candidates.ts';
import { SpecError } from '../../src/flow/errors.ts';
import { presets } from '../../src/flow/presets.ts';
import { anomalyFlows, autoCandidates, isAuto, resolveFlow } from '../../src/flow/spec.ts';

const resolve = (flow: unknown, columns = 4) => resolveFlow(flow, { columns, rows: 1000, path: '/flow' });

const refused: readonly [what: string, flow: unknown, path: string, message: RegExp][] = [
  ['an unknown preset', 'real-nvpp', '/flow', /no preset "real-nvpp"; expected one of auto, nice, real-nvp, glow/],
  ['a number', 7, '/flow', /Expected the name of a preset, or an object/],
  ['a misspelt key of the spec', { layer: [] }, '/flow/layer', /Unknown key "layer"; expected one of base, layers/],
  ['no layers', {}, '/flow/layers', /Expected a list of at least one layer/],
  ['an empty list', { layers: [] }, '/flow/layers', /at least one layer/],
  ['a layer that is none', { layers: [3] }, '/flow/layers/0', /Expected a layer/],
  ['a layer without a type', { layers: [{}] }, '/flow/layers/0/type', /Expected one of coupling, .*got none/],
  ['an unknown type', { layers: [{ type: 'cuopling' }] }, '/flow/layers/0/type', /got "cuopling"/],
  [
    'a misspelt key of a layer',
    { layers: [{ type: 'coupling', hiden: [3] }] },
    '/flow/layers/0/hiden',
    /Unknown key "hiden"; expected one of transform, bins, bound, network, hidden, activation, dropout/,
  ],
  [
    'an impossible value, deep inside',
    { layers: [{ type: 'permutation' }, { repeat: 2, layers: [{ type: 'coupling', hidden: [8, 0] }] }] },
    '/flow/layers/1/layers/0/hidden/1',
    /must be >= 1; got 0/,
  ],
  [
    'a word for a list',
    { layers: [{ type: 'coupling', hidden: 'big' }] },
    '/flow/layers/0/hidden',
    /must be array; got "big"/,
  ],
  [
    'a misspelt key inside a list of a layer',
    { layers: [{ type: 'bounded', columns: [{ column: 0, lowr: 0 }] }] },
    '/flow/layers/0/columns/0/lowr',
    /Unknown key "lowr"; expected one of column, lower, upper/,
  ],
  [
    'an unknown choice',
    { layers: [{ type: 'coupling', activation: 'gelu' }] },
    '/flow/layers/0/activation',
    /one of relu, tanh/,
  ],
  [
    'no repetitions',
    { layers: [{ repeat: 0, layers: [{ type: 'permutation' }] }] },
    '/flow/layers/0/repeat',
    />= 1; got 0/,
  ],
  [
    'too many layers',
    { layers: [{ repeat: 512, layers: [{ repeat: 2, layers: [{ type: 'permutation' }] }] }] },
    '/flow/layers/0/layers/0/layers/0',
    /at most 512 layers in all/,
  ],
  [
    'a misspelt key beside repeat',
    { layers: [{ repeat: 2, layer: [] }] },
    '/flow/layers/0/layer',
    /Unknown key "layer"/,
  ],
  [
    'an order that is none',
    { layers: [{ type: 'permutation', order: [0, 1, 1, 2] }] },
    '/flow/layers/0/order',
    /each of the numbers 0 to 3 once/,
  ],
  [
    'an unknown base',
    { base: { type: 'cauchy' }, layers: [{ type: 'permutation' }] },
    '/flow/base/type',
    /one of normal/,
  ],
];

test('a key is unknown among however many others', () => {
  const unknown = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`key${index}`, index]));
  assert.throws(() => resolve({ layers: [{ type: 'planar', ...unknown }] }), {
    name: 'SpecError',
    path: '/flow/layers/0/key0',
    message: /Unknown key "key0"/,
  });
});

test('a flow too large to be trained is refused at once', () => {
  const layer = { type: 'autoregressive', transform: 'spline', hidden: new Array(8).fill(4096) };
  assert.throws(() => resolve({ layers: [{ repeat: 100, layers: [layer] }] }), {
    path: '/flow/layers/0/layers/0',
    message: /at most MAX_PARAMETERS=20000000 parameters; this one has \d+/,
  });
});

const nested = (depth: number, [before, after]: readonly [string, string]) =>
  JSON.parse(`{"layers":[${before.repeat(depth)}{"type":"scale"}${after.repeat(depth)}]}`);
const keys = Object.fromEntries(Array.from({ length: 50 }, (_, key) => [`k${key}`, 1]));

/** Each would take the time, the memory or the stack of a machine, if it were taken apart before it is refused. */
const bombs: readonly [what: string, flow: unknown, path: RegExp, message: RegExp][] = [
  [
    'ten billion layers',
    { layers: [{ repeat: 500, layers: [{ repeat: 500, layers: [{ repeat: 500, layers: [{ type: 'scale' }] }] }] }] },
    /^\/flow\/layers\/0\/layers\/0\/layers\/0\/layers\/0$/,
    /at most 512 layers in all/,
  ],
  ['many layers', { layers: new Array(50_000).fill({ type: 'scale' }) }, /^\/flow\/layers\/512$/, /at most 512 layers/],
  [
    'inverses of inverses',
    nested(30_000, ['{"type":"inverse","layer":', '}']),
    /^\/flow\/layers\/0(\/layer){16}$/,
    /at most 16 repetitions and inverses in each other/,
  ],
  [
    'repetitions of repetitions',
    nested(30_000, ['{"repeat":1,"layers":[', ']}']),
    /^\/flow\/layers\/0(\/layers\/0){16}$/,
    /at most 16 repetitions/,
  ],
  [
    'a list without an end',
    { layers: [{ type: 'coupling', hidden: new Array(300_000).fill(1) }] },
    /^\/flow\/layers\/0\/hidden$/,
    /at most 1000 entries; got 300000/,
  ],
  [
    'what becomes long by repetition',
    { layers: [{ repeat: 512, layers: [{ type: 'permutation' }] }] },
    /^\/flow\/layers\/0\/layers\/0$/,
    /at most 524288 characters/,
  ],
  [
    'very many unknown keys',
    { layers: [{ type: 'coupling', ...keys }] },
    /^\/flow\/layers\/0\/k0$/,
    /Unknown key "k0"/,
  ],
];

for (const [what, flow, path, message] of bombs)
  test(`${what}: refused before it does harm`, () => {
    assert.throws(
      () => resolve(flow, 1000),
      (error) => {
        assert.ok(error instanceof SpecError);
        assert.match(error.path, path);
        assert.match(error.message, message);
        return true;
      },
    );
  });

test('how many parameters a flow may have can be said', () => {
  const place = { columns: 4, rows: 1000, path: '/flow', maxParameters: 10 };
  assert.throws(() => resolveFlow('maf', place), { message: /at most MAX_PARAMETERS=10 parameters; this one has \d+/ });
});

for (const [what, flow, path, message] of refused)
  test(`${what} is refused, with its path`, () => {
    assert.throws(
      () => resolve(flow),
      (error) => {
        assert.ok(error instanceof SpecError);
        assert.equal(error.path, path);
        assert.match(error.message, message);
        return true;
      },
    );
  });

test('a residual network of unequal widths is refused', () => {
  const layer = { type: 'coupling', network: 'residual', hidden: [8, 16] };
  assert.throws(() => resolve({ layers: [layer] }), {
    path: '/flow/layers/0/hidden',
    message: /all the same.*\[8,16\]/,
  });
});

test('the inverse of layers is each of them inverted, in the opposite order', () => {
  const inner = [{ type: 'coupling' }, { type: 'permutation', inverse: true }];
  const { spec } = resolve({ layers: [{ type: 'inverse', layer: { repeat: 1, layers: inner } }] });
  assert.deepEqual(
    spec.layers.map(({ type, inverse }) => [type, inverse]),
    [
      ['permutation', undefined],
      ['coupling', true],
    ],
  );
});

test('a resolved spec has no repetitions and says everything; resolving it again changes nothing', () => {
  const asked = { layers: [{ repeat: 2, layers: [{ type: 'permutation' }, { type: 'coupling' }] }] };
  const { spec, parameterCount } = resolve(asked);
  assert.deepEqual(
    spec.layers.map(({ type }) => type),
    ['permutation', 'coupling', 'permutation', 'coupling'],
  );
  const { type, transform, network, hidden, activation, dropout } = spec.layers[1];
  assert.deepEqual(
    { type, transform, network, hidden, activation, dropout },
    { type: 'coupling', transform: 'affine', network: 'mlp', hidden: [64, 64], activation: 'relu', dropout: 0 },
  );
  // Two inputs, two hidden layers of 64, shift and scale of two outputs.
  assert.equal(parameterCount, 2 * (2 * 64 + 64 + 64 * 64 + 64 + 64 * 4 + 4));
  assert.deepEqual(resolve(spec).spec, spec);
});

test('a random permutation depends on the seed and is another one in every repetition', () => {
  const flow = { layers: [{ repeat: 2, layers: [{ type: 'permutation' }] }] };
  const orders = (seed: number) =>
    resolveFlow(flow, { columns: 10, rows: 1000, path: '', seed }).spec.layers.map(({ order }) => order);
  assert.deepEqual(orders(1), orders(1));
  assert.notDeepEqual(orders(1), orders(2));
  assert.notDeepEqual(orders(1)[0], orders(1)[1]);
});

for (const name of presets.keys())
  test(`the preset ${name} resolves for 2, 3 and 40 columns`, () => {
    for (const columns of [2, 3, 40]) assert.ok(resolve(name, columns).parameterCount > 0);
  });

describe('the network of discrete variables', () => {
  const shape = { columns: 2, categories: [2, 3], rows: 10_000, path: '/flow' };
  const layers = [{ type: 'coupling' }];

  test('has defaults, and sizes of its own in a preset', () => {
    const { spec, parameterCount } = resolveFlow({ layers }, shape);
    assert.deepEqual(spec.categorical, { network: 'mlp', hidden: [64], activation: 'relu', dropout: 0 });
    // One number and 5 indicators to 2 layers of 64, shift and scale; biases of 2 and 3, and 2 indicators to 64 to 3.
    const coupling = 6 * 64 + 64 + 64 * 64 + 64 + 64 * 2 + 2;
    assert.equal(parameterCount, coupling + 2 + 3 + (2 * 64 + 64) + (64 * 3 + 3));
    assert.deepEqual(resolveFlow(spec, shape).spec, spec);
    assert.deepEqual(resolveFlow('maf', { ...shape, rows: 500 }).spec.categorical?.hidden, [16]);
  });

  test('is there only where there are discrete variables', () => {
    assert.ok(!('categorical' in resolve({ layers, categorical: { hidden: [8] } }).spec));
    assert.ok(!('categorical' in resolve('maf').spec));
  });

  for (const [what, categorical, path] of [
    ['a misspelt key', { hiden: [3] }, '/flow/categorical/hiden'],
    ['an impossible width', { hidden: [0] }, '/flow/categorical/hidden/0'],
    ['unequal residual blocks', { network: 'residual', hidden: [3, 4] }, '/flow/categorical/hidden'],
  ] as const)
    test(`${what} of it is refused, with its path`, () => {
      assert.throws(() => resolveFlow({ layers, categorical }, shape), { name: 'SpecError', path });
    });
});

describe('without numbers', () => {
  const shape = { columns: 0, categories: [2, 3], rows: 1000, path: '/flow' };

  test('layers are left out, of presets and of specs', () => {
    for (const flow of [...presets.keys(), { layers: [{ type: 'coupling' }] }, { layers: [] }])
      assert.deepEqual(resolveFlow(flow, shape).spec.layers, []);
    const { spec } = resolveFlow('spline', shape);
    assert.deepEqual(resolveFlow(spec, shape).spec, spec);
  });

  test('one flow is all that can compete', () => {
    assert.equal(autoCandidates(shape).length, 1);
  });

  test('a mistake in a layer is still refused', () => {
    assert.throws(() => resolveFlow({ layers: [{ type: 'coupling', hiden: [3] }] }, shape), {
      path: '/flow/layers/0/hiden',
    });
  });
});

test('"auto" is the flow of whoever asks for none', () => {
  assert.ok(isAuto(undefined) && isAuto('auto'));
  assert.ok(![null, '', 'spline', { layers: [] }].some(isAuto));
});

test('the candidates for "auto" are resolved for tables of all widths, with context and without', () => {
  for (const columns of [1, 2, 3, 40])
    for (const context of [0, 2]) {
      const place = { columns, context, rows: 1000, path: '/flow', seed: 1 };
      const found = autoCandidates(place);
      assert.deepEqual(
        found.map(({ name }) => name),
        [...candidates.keys()],
      );
      for (const { name, spec, parameterCount } of found) {
        assert.ok(parameterCount > 0, `${name} for ${columns} columns`);
        assert.deepEqual(resolveFlow(spec, place), { spec, parameterCount }, 'nothing is left open');
      }
    }
});

test('"anomaly" mixes splines, as presets have them', () => {
  const members = (rows: number) => anomalyFlows({ columns: 3, rows, path: '/flow', seed: 1 });
  const names = (rows: number) => members(rows).map(({ name }) => name);
  assert.deepEqual(names(100), ['spline', 'spline-autoregressive']);
  assert.deepEqual(names(5000), ['spline']);
  for (const { name, ...flow } of members(100))
    assert.deepEqual(flow, resolveFlow(name, { columns: 3, rows: 100, path: '/flow', seed: 1 }));
});
