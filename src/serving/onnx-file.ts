import { type Density, noiseColumns } from '../flow/density.ts';
import { encodeOnnx } from '../flow/graph/onnx.ts';
import { logProbProgram } from '../flow/programs/log-prob.ts';
import { sampleProgram } from '../flow/programs/sample.ts';

export const onnxPrograms = ['log-prob', 'sample'] as const;
export type OnnxProgram = (typeof onnxPrograms)[number];

/** What goes in and what comes out, for those who have nothing but the file. */
const documentation: Record<OnnxProgram, (density: Density) => Readonly<Record<string, string>>> = {
  'log-prob': ({ columns, context }) => ({
    'input.rows': `double [rows, ${columns.length + context.length}]: the columns, then the context, in the units of the data`,
    'output.logProb':
      'double [rows]: log-density in nats, in the units of the data; -Infinity where the density is zero',
  }),
  sample: (density) => ({
    'input.noise': `float [rows, ${noiseColumns(density)}]: independent standard normal numbers${choosing(density)}`,
    ...(density.context.length > 0 && {
      'input.context': `double [rows, ${density.context.length}]: the context, in the units of the data`,
    }),
    'output.rows': `double [rows, ${density.columns.length}]: samples in the units of the data`,
  }),
};

const choosing = ({ members }: Density) => (members.length > 1 ? '; the last column chooses the member' : '');

/**
 * The density as a self-contained ONNX model. Its metadata hold the model's name, the names of its columns and of its
 * context as JSON arrays, and for each input and output what it means.
 */
export function onnxFile(density: Density, { name, program }: { name: string; program: OnnxProgram }): Uint8Array {
  const build = { 'log-prob': logProbProgram, sample: sampleProgram }[program];
  const columns = JSON.stringify(density.columns);
  const context = JSON.stringify(density.context);
  return encodeOnnx(build(density), program, { model: name, columns, context, ...documentation[program](density) });
}
