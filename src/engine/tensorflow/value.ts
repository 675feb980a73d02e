import * as tf from '@tensorflow/tfjs';
import type { TensorValues } from '../../flow/graph/program.ts';
import { type ElementType, type TensorType, valuesOf } from '../../flow/graph/tensor.ts';
import type { Numbers } from '../reference.ts';

/**
 * A tensor's value while a program runs. TensorFlow.js has neither double precision nor 64-bit integers: values of these
 * types are the reference's numbers, which keep every digit of the user's units. They meet in casts, and where 64-bit
 * integers count or index: these are handed over as 32-bit ones.
 */
export type Value = tf.Tensor | Numbers;

/** Whether values of this type are held as the reference's numbers. */
export const isWide = (type: ElementType): type is 'float64' | 'int64' => type === 'float64' || type === 'int64';

/** Numbers from outside as a value of the given type. */
export function given({ values, shape }: TensorValues, type: ElementType): Value {
  return isWide(type) ? { data: Float64Array.from(values, Number), shape } : tensorOf(values, shape, type);
}

/** The value as a tensor of TensorFlow.js; `type` is not float64. */
export function toTensor(value: Value, type: ElementType): tf.Tensor {
  return value instanceof tf.Tensor ? value : tensorOf(value.data, value.shape, type);
}

export function toNumbers(value: Value): Numbers {
  return value instanceof tf.Tensor ? { data: Float64Array.from(value.dataSync()), shape: value.shape } : value;
}

/** What is given out for a result of a program; booleans are 0 and 1. */
export function valuesOfResult(value: Value, { type }: TensorType): TensorValues {
  const data = value instanceof tf.Tensor ? value.dataSync() : value.data;
  return { values: valuesOf(type === 'bool' ? 'int32' : type, data), shape: value.shape };
}

function tensorOf(values: Iterable<number | bigint>, shape: readonly number[], type: ElementType): tf.Tensor {
  switch (type) {
    case 'float32':
      return tf.tensor(values instanceof Float32Array ? values : Float32Array.from(values, Number), [...shape]);
    case 'int32':
    case 'int64':
      return tf.tensor(Int32Array.from(values, Number), [...shape], 'int32');
    case 'bool':
      return tf.tensor(Uint8Array.from(values, Number), [...shape], 'bool');
    case 'float64':
      throw new TypeError('TensorFlow.js has no float64');
  }
}
