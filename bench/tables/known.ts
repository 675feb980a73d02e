import { RandomStream } from '../../src/flow/random/stream.ts';
import type { Cell } from '../../src/table/cells.ts';
import { cellsOf } from '../../src/table/codes.ts';
import { estimate } from '../../src/training/evaluation.ts';
import { columnCodes } from '../../src/training/sources.ts';
import { mixedColumns, mixedLogDensity, mixedRow } from '../../test/support/mixed-table.ts';
import type { Client } from './client.ts';
import { csvOf } from './csv.ts';

const rowCount = 20_000;

/**
 * A table of two groups that differ in all else, with an integer and gaps, whose density is known: how far the mean log-density
 * of fresh rows is from the truth, in nats.
 */
export async function compareWithTruth(client: Client) {
  const random = new RandomStream(1, 'noise');
  const draw = () => Array.from({ length: rowCount }, () => mixedRow(random));
  const dataset = await client.upload({ type: 'text/csv', content: mixedCsv(draw()) });
  const model = await client.train(dataset.id);
  const fresh = draw();
  const { logProb } = await client.score(model.id, mixedCsv(fresh));
  const truth = Float64Array.from(fresh, (row) => mixedLogDensity(row));
  const lost = truth.map((value, row) => value - (logProb[row] ?? Number.NEGATIVE_INFINITY));
  const { mean, standardError } = estimate([lost]);
  return { dataset, truth: estimate([truth]).mean, lost: mean, standardError, warnings: model.warnings };
}

function mixedCsv(codes: readonly number[][]): string {
  const cells: Cell[][] = [...cellsOf(Float64Array.from(codes.flat()), mixedColumns.map(columnCodes))].flat();
  return csvOf(
    mixedColumns.map(({ name }) => name),
    cells,
  );
}
