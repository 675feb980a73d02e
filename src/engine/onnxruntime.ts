import './no-telemetry.ts';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { encodeOnnx } from '../flow/graph/onnx.ts';
import { checkInput, named, type Program, record, type TensorValues } from '../flow/graph/program.ts';
import { elementTypeOf, type Values } from '../flow/graph/tensor.ts';
import type { Engine, Executable } from './engine.ts';

/** Runs programs as ONNX models in ONNX Runtime, on the CPU. */
export const onnxRuntime: Engine = {
  async load<Input extends string, Output extends string>(
    program: Program<Input, Output>,
    { threads = 1 }: { threads?: number } = {},
  ): Promise<Executable<Input, Output>> {
    const session = await InferenceSession.create(encodeOnnx(program, 'program'), {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'all',
      executionMode: 'sequential',
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
    });
    return {
      async run(inputs) {
        const results = await session.run(ortTensors(program, inputs));
        return record(named(program.outputs).map(([name]) => [name, valuesOfOrt(results[name])]));
      },
      release: () => session.release(),
    };
  },
};

function ortTensors(program: Program, inputs: Readonly<Record<string, TensorValues>>): Record<string, OrtTensor> {
  return Object.fromEntries(
    named(program.inputs).map(([name, expected]) => {
      const { values, shape } = inputs[name];
      checkInput(name, expected, inputs[name]);
      return [name, new OrtTensor(elementTypeOf(values), values, shape)];
    }),
  );
}

function valuesOfOrt({ data, dims }: OrtTensor): TensorValues {
  return { values: data as Values, shape: dims };
}
