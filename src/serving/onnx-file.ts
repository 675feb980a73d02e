import { type Density, noiseColumns } from '../flow/density.ts';
import { type ColumnEncoding, isPlain } from '../flow/encoding/encoding.ts';
import { encodeOnnx } from '../flow/graph/onnx.ts';
import { logProbProgram } from '../flow/programs/log-prob.ts';
import { sampleProgram } from '../flow/programs/sample.ts';

export const onnxPrograms = ['log-prob', 'sample'] as const;
export type OnnxProgram = (typeof onnxPrograms)[number];

/** What goes in and what comes out, for those who have nothing but the file. */
const documentation: Record<OnnxProgram, (density: Density) => Readonly<Record<string, string>>> = {
  'log-prob': ({ columns, context, encoding }) => ({
    'input.rows': `double [rows, ${columns.length + context.length}]: the columns, then the context, ${unitsOf([...encoding.columns, ...encoding.context])}`,
    'output.logProb':
      'double [rows]: log-density in nats, in the units of the data; -Infinity where the density is zero',
  }),
  sample: (density) => ({
    'input.noise': `float [rows, ${noiseColumns(density)}]: independent standard normal numbers${choosing(density)}`,
    ...(density.context.length > 0 && {
      'input.context': `double [rows, ${density.context.length}]: the context, ${unitsOf(density.encoding.context)}`,
    }),
    'output.rows': `double [rows, ${density.columns.length}]: samples ${unitsOf(density.encoding.columns)}`,
  }),
};

const choosing = ({ members }: Density) => (members.length > 1 ? '; the last column chooses the member' : '');

const unitsOf = (columns: readonly ColumnEncoding[]) =>
  columns.every(isPlain)
    ? 'in the units of the data'
    : 'in the units of the data; a category is its place, from 0, in the list of its column, a missing cell NaN';

/** What may stand in a column: its kind, its bounds or categories, and whether a cell may be missing. */
function described(column: ColumnEncoding): object {
  const { name, kind, missing, fill } = column;
  const values =
    column.kind === 'categorical' ? { categories: column.categories } : { lower: column.lower, upper: column.upper };
  return { name, kind, ...values, mayBeMissing: missing || fill !== undefined };
}

/**
 * The density as a self-contained ONNX model. Its metadata hold the model's name, as JSON arrays the names of its columns and
 * of its context, and in `kinds` what may stand in each of them, and for each input and output what it means.
 */
export function onnxFile(density: Density, { name, program }: { name: string; program: OnnxProgram }): Uint8Array {
  const build = { 'log-prob': logProbProgram, sample: sampleProgram }[program];
  const { columns, context, encoding } = density;
  return encodeOnnx(build(density), program, {
    model: name,
    columns: JSON.stringify(columns),
    context: JSON.stringify(context),
    kinds: JSON.stringify([...encoding.columns, ...encoding.context].map(described)),
    ...documentation[program](density),
  });
}
