import * as tf from '@tensorflow/tfjs';
import { checkInput, named, type Program, record, type TensorValues } from '../flow/graph/program.ts';
import type { Engine, Executable } from './engine.ts';
import { prepareBackend } from './tensorflow/backend.ts';
import { evaluate } from './tensorflow/evaluate.ts';
import { given, type Value, valuesOfResult } from './tensorflow/value.ts';

await prepareBackend();

/**
 * Runs programs with TensorFlow.js, node by node: on its native library where that is installed, else in plain
 * JavaScript on one core. Single precision and 32-bit integers are its own; what is of double precision or 64 bits is
 * computed by the reference kernels (see `Value`). How many threads are used is the native library's choice.
 */
export const tensorflow: Engine = {
  async load<Input extends string, Output extends string>(
    program: Program<Input, Output>,
  ): Promise<Executable<Input, Output>> {
    const outputs = named(program.outputs);
    const tensors = outputs.map(([, tensor]) => tensor);
    return {
      async run(inputs) {
        const results: TensorValues[] = [];
        tf.tidy(() => {
          const values = evaluate(tensors, inputValues(program, inputs));
          results.push(...values.map((value, index) => valuesOfResult(value, tensors[index])));
        });
        return record(outputs.map(([name], index) => [name, results[index]]));
      },
      release: async () => {},
    };
  },
};

function inputValues(program: Program, inputs: Readonly<Record<string, TensorValues>>) {
  return new Map(
    named(program.inputs).map(([name, tensor]): [typeof tensor, Value] => {
      checkInput(name, tensor, inputs[name]);
      return [tensor, given(inputs[name], tensor.type)];
    }),
  );
}
