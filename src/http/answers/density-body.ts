import type { Static } from 'typebox';
import type { GridDensity } from '../../serving/grid.ts';
import type { Axis } from '../../serving/grid-axis.ts';
import type { Cell } from '../../table/cells.ts';
import { cellsOf } from '../../table/codes.ts';
import { columnCodes } from '../../training/sources.ts';
import type { densityResponse } from '../schemas/density.ts';

/** A density over a grid, as the API tells it. */
export function toDensityBody({
  axes,
  density,
  standardErrors,
  integral,
  logGiven,
  effectiveSamples,
}: GridDensity): Static<typeof densityResponse> {
  const [x, y] = axes.map(toAxis);
  const shaped = (values: Float64Array) => (y ? rowsOf(values, x.values.length) : Array.from(values));
  return {
    x,
    ...(y && { y }),
    density: shaped(density),
    method: standardErrors ? 'sampled' : 'exact',
    ...(standardErrors && { standardError: shaped(standardErrors), samples: effectiveSamples }),
    integral,
    ...(logGiven !== undefined && { logGiven }),
  };
}

function toAxis({ column, codes, width }: Axis) {
  const values: Cell[] = [...cellsOf(codes, [columnCodes(column)])].flatMap((rows) => rows.map(([cell]) => cell));
  return { column: column.name, kind: column.kind, values, width };
}

const rowsOf = (values: Float64Array, width: number) =>
  Array.from({ length: values.length / width }, (_, row) =>
    Array.from(values.subarray(row * width, (row + 1) * width)),
  );
