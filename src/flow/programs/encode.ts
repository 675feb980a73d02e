import { encode } from '../encoding/encode.ts';
import type { Encoding } from '../encoding/encoding.ts';
import { add, cast, mul } from '../graph/operations.ts';
import type { Program } from '../graph/program.ts';
import { input } from '../graph/tensor.ts';

/**
 * `rows` in codes [rows, columns + context], float64 -> `encoded` [rows, width], float32, as flows in training take them,
 * `logDet` [rows], float64, what a log-density of these lacks to one in the user's units, in nats, and `beyond` [rows],
 * int32, 1 where the density is zero.
 */
export function encodeProgram(encoding: Encoding): Program<'rows', 'encoded' | 'logDet' | 'beyond'> {
  const rows = input('rows', 'float64', ['rows', encoding.columns.length + encoding.context.length]);
  const { encoded, logDet, beyond } = encode(rows, encoding);
  const ofEachRow = add(mul(cast(beyond, 'float64'), 0), logDet);
  return { inputs: { rows }, outputs: { encoded, logDet: ofEachRow, beyond: cast(beyond, 'int32') } };
}
