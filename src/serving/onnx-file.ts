import type { Density } from '../flow/density.ts';
import { encodeOnnx } from '../flow/graph/onnx.ts';
import { logProbProgram } from '../flow/programs/log-prob.ts';
import { sampleProgram } from '../flow/programs/sample.ts';

export const onnxPrograms = ['log-prob', 'sample'] as const;
export type OnnxProgram = (typeof onnxPrograms)[number];

/** What goes in and what comes out, for those who have nothing but the file. */
const documentation: Record<OnnxProgram, Readonly<Record<string, string>>> = {
  'log-prob': {
    'input.rows': 'double [rows, columns + context]: the columns, then the context, in the units of the data',
    'output.logProb':
      'double [rows]: log-density in nats, in the units of the data; -Infinity where the density is zero',
  },
  sample: {
    'input.noise': 'float [rows, n]: independent standard normal numbers',
    'input.context': 'double [rows, context], where the model has context columns: in the units of the data',
    'output.rows': 'double [rows, columns]: samples in the units of the data',
  },
};

/**
 * The density as a self-contained ONNX model. Its metadata hold the model's name, the names of its columns and of its
 * context as JSON arrays, and for each input and output what it means.
 */
export function onnxFile(density: Density, { name, program }: { name: string; program: OnnxProgram }): Uint8Array {
  const build = { 'log-prob': logProbProgram, sample: sampleProgram }[program];
  const columns = JSON.stringify(density.columns);
  const context = JSON.stringify(density.context);
  return encodeOnnx(build(density), program, { model: name, columns, context, ...documentation[program] });
}
