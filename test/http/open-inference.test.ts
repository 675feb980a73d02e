import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Encoding } from '../../src/flow/encoding/encoding.ts';
import { conditionalModel, queuedModel, readyModel, startTestApp, type TestApp } from '../support/app.ts';
import { categoryColumn, numberColumn } from '../support/encodings.ts';
import { exactModel } from '../support/gaussian-groups.ts';

const peak = -Math.log(2 * Math.PI);

/** Columns of every kind; the log-density of a row is the sum of its codes, gaps being 100. */
const mixedEncoding: Encoding = {
  columns: [
    numberColumn({ name: 'size', missing: true }),
    categoryColumn(2, { name: 'city', categories: ['Rome', 'Zürich'] }),
    categoryColumn(2, { name: 'new', categories: [false, true], missing: true }),
    numberColumn({ name: 'rooms', kind: 'integer' }),
  ],
  context: [categoryColumn(3, { name: 'year', categories: [2022, 2023, 2024] })],
};
const mixedServing = {
  ...exactModel,
  encoding: async () => mixedEncoding,
  logProb: async (_id: string, rows: Float64Array, count: number) =>
    Float64Array.from({ length: count }, (_, row) =>
      rows.subarray(5 * row, 5 * row + 5).reduce((sum, code) => sum + (Number.isNaN(code) ? 100 : code), 0),
    ),
};

let service: TestApp;
let mixed: TestApp;
let id: string;
let mixedId: string;
before(async () => {
  service = await startTestApp({ limits: { maxScoreRows: 10 } });
  id = await readyModel(service);
  mixed = await startTestApp({ serve: () => mixedServing });
  mixedId = await readyModel(mixed);
});
after(async () => {
  await service[Symbol.asyncDispose]();
  await mixed[Symbol.asyncDispose]();
});

const infer = (body: unknown, headers: Record<string, string> = {}) =>
  service.app.inject({ method: 'POST', url: `/v2/models/${id}/infer`, payload: payloadOf(body), headers });
const inferMixed = (body: unknown, headers: Record<string, string> = {}) =>
  mixed.app.inject({ method: 'POST', url: `/v2/models/${mixedId}/infer`, payload: payloadOf(body), headers });
const payloadOf = (body: unknown) =>
  Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
const rowsInput = (data: unknown, shape: number[]) => ({ inputs: [{ name: 'rows', shape, datatype: 'FP64', data }] });

/** A body of JSON and the bytes after it, with its header. */
function binary(json: object, ...tensors: Buffer[]): [body: Buffer, headers: Record<string, string>] {
  const head = Buffer.from(JSON.stringify(json));
  return [Buffer.concat([head, ...tensors]), { 'inference-header-content-length': String(head.length) }];
}
const doubles = (...values: number[]) => Buffer.from(Float64Array.from(values).buffer);
const texts = (...values: string[]) =>
  Buffer.concat(
    values.map((value) => {
      const bytes = Buffer.from(value);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return Buffer.concat([length, bytes]);
    }),
  );

test('the server says what it is, and is alive and ready', async () => {
  for (const path of ['/v2', '/v2/']) {
    const { body } = await service.request.get(path).expect(200);
    assert.deepEqual([body.name, body.extensions], ['pushforward', ['binary_tensor_data']]);
  }
  for (const path of ['live', 'ready'])
    assert.deepEqual((await service.request.get(`/v2/health/${path}`).expect(200)).body, { [path]: true });
  const store = { ...service.store, ping: async () => Promise.reject(new Error('connect ECONNREFUSED')) };
  await using broken = await startTestApp({ services: { store } });
  await broken.request.get('/v2/health/live').expect(200);
  assert.deepEqual((await broken.request.get('/v2/health/ready').expect(400)).body, { ready: false });
});

test('a model has metadata and is ready, with its version or without', async () => {
  for (const path of [`/v2/models/${id}`, `/v2/models/${id}/versions/1`]) {
    const { body } = await service.request.get(path).expect(200);
    assert.deepEqual(body, {
      name: id,
      versions: ['1'],
      platform: 'pushforward_flow',
      inputs: [{ name: 'rows', datatype: 'FP64', shape: [-1, 2] }],
      outputs: [{ name: 'logProb', datatype: 'FP64', shape: [-1] }],
    });
    assert.deepEqual((await service.request.get(`${path}/ready`).expect(200)).body, { name: id, ready: true });
  }
  const { body } = await mixed.request.get(`/v2/models/${mixedId}`).expect(200);
  assert.deepEqual(
    body.inputs.map(({ name, datatype, shape }: { name: string; datatype: string; shape: number[] }) => [
      name,
      datatype,
      ...shape,
    ]),
    [
      ['size', 'FP64', -1],
      ['city', 'BYTES', -1],
      ['new', 'BOOL', -1],
      ['rooms', 'INT64', -1],
      ['year', 'FP64', -1],
    ],
  );
});

test('a model that is not there, not ready, or of another version is an error of the protocol', async () => {
  const queued = await queuedModel(service);
  const unknown = '01930000-0000-7000-8000-000000000000';
  for (const [model, status] of [
    [queued.id, 409],
    [unknown, 404],
    ['name', 404],
    [`${id}/versions/2`, 404],
  ] as const) {
    assert.equal((await service.request.get(`/v2/models/${model}/ready`).expect(status)).body.ready, false);
    const { body } = await service.request.get(`/v2/models/${model}`).expect(status);
    assert.deepEqual(Object.keys(body), ['error']);
    const inferred = await service.request.post(`/v2/models/${model}/infer`).send(rowsInput([0, 0], [1, 2]));
    assert.deepEqual([inferred.status, Object.keys(inferred.body)], [status, ['error']]);
  }
  const route = await service.request.get('/v2/nothing').expect(404);
  assert.deepEqual(route.body, { error: 'There is no route GET /v2/nothing.' });
});

test('rows are scored, flat and nested, with the id of the request', async () => {
  const expected = {
    model_name: id,
    model_version: '1',
    id: '42',
    outputs: [{ name: 'logProb', shape: [3], datatype: 'FP64', data: [peak, peak - 1, null] }],
  };
  const nested = [
    [0, 0],
    [1, -1],
    [7, 0],
  ];
  for (const data of [nested, nested.flat()])
    assert.deepEqual((await infer({ id: '42', ...rowsInput(data, [3, 2]) })).json(), expected);
  const asked = await infer({ ...rowsInput(nested, [3, 2]), outputs: [{ name: 'logProb' }] });
  assert.deepEqual(asked.json().outputs, expected.outputs);
  assert.ok(!('id' in asked.json()));
  const versioned = await service.request
    .post(`/v2/models/${id}/versions/1/infer`)
    .send({ id: '42', ...rowsInput(nested, [3, 2]) })
    .expect(200);
  assert.deepEqual(versioned.body, expected);
  const columns = [
    { name: 'y', shape: [3], datatype: 'INT32', data: [0, -1, 0] },
    { name: 'x', shape: [3, 1], datatype: 'FP32', data: [[0], [1], [7]] },
  ];
  assert.deepEqual((await infer({ inputs: columns })).json().outputs, expected.outputs);
});

test('binary tensors go in and out, little-endian, as the headers say', async () => {
  const input = { name: 'rows', shape: [3, 2], datatype: 'FP64', parameters: { binary_data_size: 48 } };
  const outputs = [{ name: 'logProb', parameters: { binary_data: true } }];
  const [body, headers] = binary({ inputs: [input], outputs }, doubles(0, 0, 1, -1, 7, 0));
  const answer = await infer(body, headers);
  assert.equal(answer.headers['content-type'], 'application/octet-stream');
  const length = Number(answer.headers['inference-header-content-length']);
  const json = JSON.parse(answer.rawPayload.subarray(0, length).toString());
  assert.deepEqual(json.outputs, [
    { name: 'logProb', shape: [3], datatype: 'FP64', parameters: { binary_data_size: 24 } },
  ]);
  const values = [0, 1, 2].map((row) => answer.rawPayload.readDoubleLE(length + 8 * row));
  assert.deepEqual(values, [peak, peak - 1, -Infinity]);
  const [all, of] = binary({ inputs: [input], parameters: { binary_data_output: true } }, doubles(0, 0, 1, -1, 7, 0));
  assert.deepEqual((await infer(all, of)).rawPayload.subarray(-24), answer.rawPayload.subarray(-24));
  const [only, ofIt] = binary(
    {
      inputs: [input],
      parameters: { binary_data_output: true },
      outputs: [{ name: 'logProb', parameters: { binary_data: false } }],
    },
    doubles(0, 0, 1, -1, 7, 0),
  );
  assert.deepEqual((await infer(only, ofIt)).json().outputs[0].data, [peak, peak - 1, null]);
});

test('columns of every kind come as tensors of theirs, with gaps, in JSON and in binary', async () => {
  const json = await inferMixed({
    inputs: [
      { name: 'size', shape: [3], datatype: 'FP64', data: [1.5, null, 0] },
      { name: 'city', shape: [3], datatype: 'BYTES', data: ['Zürich', 'Rome', 'Paris'] },
      { name: 'new', shape: [3], datatype: 'BOOL', data: [true, null, false] },
      { name: 'rooms', shape: [3], datatype: 'INT64', data: [10, 20, 30] },
      { name: 'year', shape: [3], datatype: 'INT32', data: [2022, 2024, 2022] },
    ],
  });
  // 1.5 + 1 + 1 + 10 + 0, and 100 + 0 + 100 + 20 + 2; there is no Paris.
  assert.deepEqual(json.json().outputs[0].data, [13.5, 222, null]);
  const sized = (name: string, datatype: string, data: Buffer) => ({
    json: { name, shape: [2], datatype, parameters: { binary_data_size: data.length } },
    data,
  });
  const tensors = [
    sized('size', 'FP64', doubles(1.5, Number.NaN)),
    sized('city', 'BYTES', texts('Zürich', 'Rome')),
    sized('new', 'BOOL', Buffer.of(1, 0)),
    sized('rooms', 'INT64', Buffer.from(BigInt64Array.of(10n, -20n).buffer)),
    sized('year', 'UINT16', Buffer.from(Uint16Array.of(2022, 2024).buffer)),
  ];
  const [body, headers] = binary({ inputs: tensors.map(({ json }) => json) }, ...tensors.map(({ data }) => data));
  assert.deepEqual((await inferMixed(body, headers)).json().outputs[0].data, [13.5, 82]);
});

test('a model with context takes it as columns after its own', async () => {
  const conditional = await conditionalModel(service);
  const { body } = await service.request
    .post(`/v2/models/${conditional}/infer`)
    .send(rowsInput([1, -1], [1, 2]))
    .expect(200);
  assert.deepEqual(body.outputs[0].data, [peak - 1]);
});

const rows = (changes: object) => ({
  inputs: [{ name: 'rows', shape: [1, 2], datatype: 'FP64', data: [0, 0], ...changes }],
});
const named = (x: object, y: object = {}) => ({
  inputs: [
    { name: 'x', shape: [1], datatype: 'FP64', data: [0], ...x },
    { name: 'y', shape: [1], datatype: 'FP64', data: [0], ...y },
  ],
});
const refused: readonly [what: string, body: unknown, status: number, error: RegExp][] = [
  ['no JSON', '{', 400, /^The request is not JSON: /],
  ['no body', '', 400, /^The request is not JSON: /],
  ['no inputs', {}, 400, /inputs/],
  ['an empty list of inputs', { inputs: [] }, 400, /^\/inputs: /],
  [
    'a tensor without a shape',
    { inputs: [{ name: 'rows', datatype: 'FP64', data: [] }] },
    400,
    /^\/inputs\/0: .*shape/,
  ],
  [
    'a datatype that there is not',
    rows({ datatype: 'FP65' }),
    400,
    /^\/inputs\/0 "rows": datatype: expected one of BOOL, .*, got "FP65"\.$/,
  ],
  ['another shape', rows({ shape: [2, 1] }), 400, /^\/inputs\/0 "rows": expected the shape \[2, 2\], got \[2, 1\]\.$/],
  ['another number of values', rows({ data: [0] }), 400, /expected 2 values for the shape \[1, 2\], got 1/],
  ['a text among numbers', rows({ data: [0, 'a'] }), 400, /^\/inputs\/0 "rows": value 1: expected FP64, got "a"\.$/],
  ['a fraction among integers', named({ datatype: 'INT8', data: [0.5] }), 400, /value 0: expected INT8, got 0\.5/],
  [
    'a text for a number',
    named({ datatype: 'BYTES', data: ['a'] }),
    400,
    /^\/inputs\/0 "x", value 0: expected a finite number, got "a"\.$/,
  ],
  ['no data', rows({ data: undefined }), 400, /expected data/],
  [
    'data that are to be binary, and are not there',
    rows({ data: undefined, parameters: { binary_data_size: 16 } }),
    400,
    /up to 0, .*; got 16/,
  ],
  ['data of a negative length', rows({ data: undefined, parameters: { binary_data_size: -8 } }), 400, /got -8/],
  ['an unknown column', named({ name: 'z' }), 400, /^\/inputs\/0 "z": unknown input; expected "rows" or "x", "y"\.$/],
  ['a column twice', named({ name: 'y' }), 400, /^\/inputs\/1 "y" stands twice\.$/],
  ['a column too few', { inputs: named({}).inputs.slice(1) }, 400, /^The input "x" is missing\.$/],
  [
    'columns of different lengths',
    named({}, { shape: [2], data: [0, 1] }),
    400,
    /^\/inputs\/1 "y": expected the shape \[1\], got \[2\]/,
  ],
  [
    'an unknown output',
    { ...rows({}), outputs: [{ name: 'density' }] },
    400,
    /^Unknown output "density": expected "logProb"\.$/,
  ],
  ['no rows', rows({ shape: [0, 2], data: [] }), 400, /^There are no rows/],
  ['too many rows', rows({ shape: [11, 2], data: new Array(22).fill(0) }), 413, /MAX_SCORE_ROWS=10/],
];
for (const [what, body, status, error] of refused)
  test(`inference from ${what} is refused`, async () => {
    const answer = await infer(body);
    assert.equal(answer.statusCode, status);
    assert.deepEqual(Object.keys(answer.json()), ['error']);
    assert.match(answer.json().error, error);
  });

test('binary data that do not add up are refused', async () => {
  const input = { name: 'rows', shape: [1, 2], datatype: 'FP64', parameters: { binary_data_size: 16 } };
  const errorOf = async ([body, headers]: [Buffer, Record<string, string>]) =>
    (await infer(body, headers)).json().error;
  assert.match(await errorOf(binary({ inputs: [input] }, doubles(0))), /up to 8, .*; got 16/);
  assert.match(
    await errorOf(binary({ inputs: [input] }, doubles(0, 0, 0))),
    /^8 bytes of binary data belong to no input/,
  );
  const short = { ...input, parameters: { binary_data_size: 15 } };
  assert.match(
    await errorOf(binary({ inputs: [short] }, doubles(0, 0).subarray(1))),
    /expected 2 values .*, got 1\.875/,
  );
  for (const length of ['x', '-1', '1000'])
    assert.match(
      (await infer(rows({}), { 'inference-header-content-length': length })).json().error,
      /^Inference-Header/,
    );
  const cut = { name: 'x', shape: [1], datatype: 'BYTES', parameters: { binary_data_size: 4 } };
  assert.match(
    await errorOf(binary({ inputs: [cut] }, Buffer.of(9, 0, 0, 0))),
    /"x": value 0: its bytes end too early/,
  );
  const encoded = await infer(rows({}), { 'content-encoding': 'gzip' });
  assert.deepEqual([encoded.statusCode, encoded.json()], [415, { error: 'Content-Encoding: expected none.' }]);
});

test('with keys models ask for one, and health does not', async () => {
  await using guarded = await startTestApp({ apiKeys: ['a key of some length'] });
  await guarded.request.get('/v2/health/live').expect(200);
  const { body, headers } = await guarded.request.get(`/v2/models/${id}`).expect(401);
  assert.deepEqual([Object.keys(body), headers['www-authenticate']], [['error'], 'Bearer']);
  await guarded.request.post(`/v2/models/${id}/infer`).send(rows({})).expect(401);
  await guarded.request.get(`/v2/models/${id}`).set('authorization', 'Bearer a key of some length').expect(404);
});
