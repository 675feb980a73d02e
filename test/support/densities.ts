import type { Density } from '../../src/flow/density.ts';
import type { ColumnEncoding, Encoding } from '../../src/flow/encoding/encoding.ts';
import { Layout } from '../../src/flow/encoding/layout.ts';
import { createFlow } from '../../src/flow/mixed-flow.ts';
import { resolveFlow } from '../../src/flow/spec.ts';
import { moved, smallNetwork } from './mixed.ts';

/** A density of one flow for each spec, over columns of the given kinds, with parameters away from where training starts. */
export function densityOf(
  asked: readonly { layers: readonly object[]; base?: object }[],
  given: { columns: readonly ColumnEncoding[]; context?: readonly ColumnEncoding[] },
  deviation = 0.3,
): Density {
  const named = (columns: readonly ColumnEncoding[], prefix: string) =>
    columns.map((column, index) => ({ ...column, name: `${prefix}${index}` }));
  const encoding: Encoding = { columns: named(given.columns, 'x'), context: named(given.context ?? [], 'c') };
  const { shape } = new Layout(encoding);
  const members = asked.map((flow) => {
    const { spec } = resolveFlow({ ...flow, categorical: smallNetwork }, { ...shape, rows: 1000, path: '' });
    return { spec, parameters: moved(createFlow(spec, shape), deviation) };
  });
  const names = (columns: readonly ColumnEncoding[]) => columns.map(({ name }) => name);
  return { columns: names(encoding.columns), context: names(encoding.context), encoding, members };
}
