import { gradients } from '../../src/flow/graph/gradient.ts';
import { mul, sum } from '../../src/flow/graph/operations.ts';
import { type Program, record, type TensorValues } from '../../src/flow/graph/program.ts';
import { constant, elementCount, input, staticShape, type Tensor } from '../../src/flow/graph/tensor.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import type { OperatorCase } from './operators.ts';

/** The case as a program: its value, a random linear function of it, and the gradients of that function. */
export function programOf({ shapes, build, differentiable = true }: OperatorCase): Program {
  const inputs = shapes.map((shape, index) => input(`x${index}`, 'float32', shape));
  const value = build(...inputs);
  const random = new RandomStream(1, 'noise');
  const weights = Float32Array.from({ length: elementCount(value.shape) }, () => random.normal());
  const loss = sum(mul(value, constant(weights, staticShape(value.shape))));
  const slopes = differentiable ? gradients(loss, inputs) : [];
  const outputs: Record<string, Tensor> = {
    value,
    loss,
    ...record(slopes.map((tensor, index) => [`slope${index}`, tensor] as const)),
  };
  return {
    inputs: record(inputs.map((tensor, index) => [`x${index}`, tensor] as const)),
    outputs,
  };
}

/** Values for the inputs of that program. */
export function randomInputs({ shapes, positive }: OperatorCase): Record<string, TensorValues> {
  const random = new RandomStream(2, 'noise');
  const draw = () => (positive ? Math.exp(random.normal()) : random.normal());
  const tensors = shapes.map((shape) => Float32Array.from({ length: elementCount(shape) }, draw));
  return record(tensors.map((values, index) => [`x${index}`, { values, shape: shapes[index] }] as const));
}
