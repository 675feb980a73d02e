import type { Kind } from '../case.ts';
import { type Header, tensorBody } from '../targets.ts';
import { oneOf, randomBytes, withBody } from './make.ts';

const shapes = [
  [-1, 2],
  [2, -1],
  [2 ** 53, 2 ** 53],
  [2 ** 31, 2 ** 31],
  [1e308, 1e308],
  [0, 2],
  [0],
  [],
  [2.5, 2],
  [1, 1, 1, 4],
  [4],
  [2, 2, 1],
  [1e9, 2],
  Array(10_000).fill(1),
];
const sizes = [-1, 0, 1, 31, 33, 2 ** 53, 1e308, 1.5, '32', null, true];
const datatypes = ['FP64', 'FP32', 'FP16', 'INT64', 'UINT8', 'BOOL', 'BYTES', '__proto__', 'constructor', '', 'fp64'];
const lengths = ['-1', '0', '1', '99999999', '1e3', 'NaN', '', ' 12', '12, 12', '0x10'];

/** Requests of the Open Inference Protocol. */
export const tensorKinds: Readonly<Record<'json' | 'binary', Readonly<Record<string, Kind>>>> = {
  json: {
    'another shape': (target, random) =>
      withBody(
        target,
        JSON.stringify({
          inputs: [{ name: 'rows', shape: oneOf(random, shapes), datatype: 'FP64', data: [1, 2, 3, 4] }],
        }),
      ),
    'another type of data': (target, random) =>
      withBody(
        target,
        JSON.stringify({
          inputs: [{ name: 'rows', shape: [2, 2], datatype: oneOf(random, datatypes), data: [1, true, 'x', null] }],
        }),
      ),
    'many inputs': (target) =>
      withBody(
        target,
        JSON.stringify({ inputs: Array(20_000).fill({ name: 'x', shape: [1], datatype: 'FP64', data: [1] }) }),
      ),
    'data that are binary elsewhere': (target, random) =>
      withBody(
        target,
        JSON.stringify({
          inputs: [
            { name: 'rows', shape: [2, 2], datatype: 'FP64', parameters: { binary_data_size: oneOf(random, sizes) } },
          ],
        }),
      ),
  },
  binary: {
    'another shape': (target, random) =>
      tensor(target, { shape: oneOf(random, shapes), datatype: 'FP64' }, Buffer.alloc(32)),
    'another type of data': (target, random) =>
      tensor(target, { shape: [2, 2], datatype: oneOf(random, datatypes) }, randomBytes(random, random.below(64))),
    'another size': (target, random) =>
      tensor(target, { shape: [2, 2], datatype: 'FP64' }, Buffer.alloc(32), { binary_data_size: oneOf(random, sizes) }),
    'texts whose lengths are none': (target, random) =>
      tensor(target, { shape: [2, 2], datatype: 'BYTES' }, Buffer.alloc(4 + random.below(60), random.below(256))),
    'numbers of any bits': (target, random) =>
      tensor(target, { shape: [2, 2], datatype: 'FP64' }, randomBytes(random, 32)),
    'another length of the head': (target, random) =>
      withBody(target, target.good, [['inference-header-content-length', oneOf(random, lengths)]]),
  },
};

const tensor = (target: Parameters<Kind>[0], input: object, data: Buffer, parameters?: object) => {
  const { good, headers } = tensorBody(input, data, parameters);
  return withBody(target, good, headers satisfies Header[]);
};
