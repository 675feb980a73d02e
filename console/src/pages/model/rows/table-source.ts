import { datasetRows } from '../../../api/dataset-rows.ts';
import { ApiError } from '../../../api/problem.ts';
import { inOrder, TableProblem } from '../../../tables/named-rows.ts';
import { blockRows, readFile, type TakeRows } from '../../../tables/read-file.ts';

/** Where the rows to look at come from. */
export type TableSource =
  | { readonly kind: 'file'; readonly file: File }
  | { readonly kind: 'dataset'; readonly id: string };

/** A page holds them all. */
const mostCells = 10_000_000;

/** Hands on the rows of a table, with these columns, in blocks. Throws TableProblem, ApiError, and what `take` throws. */
export async function readTable(source: TableSource, columns: readonly string[], take: TakeRows): Promise<void> {
  let cells = 0;
  const takeSome: TakeRows = async (rows) => {
    cells += rows.length * columns.length;
    if (cells > mostCells)
      throw new TableProblem(
        `The table has more than ${mostCells.toLocaleString('en')} cells, too many for a page: send it to the API, or a part of it here.`,
      );
    await take(rows);
  };
  if (source.kind === 'file') await readFile(source.file, columns, takeSome);
  else await readDataset(source.id, columns, takeSome);
  if (cells === 0) throw new TableProblem('The table has no rows.');
}

async function readDataset(id: string, columns: readonly string[], take: TakeRows): Promise<void> {
  for (let offset = 0; ; offset += blockRows) {
    const rows = inOrder(await datasetRows(id, { offset, limit: blockRows }), columns);
    if (rows.length > 0) await take(rows);
    if (rows.length < blockRows) return;
  }
}

/** What is wrong with a table is for its reader to correct, as what the service finds wrong with one. */
export function tableError(thrown: unknown): unknown {
  return thrown instanceof TableProblem ? new ApiError(thrown.message, { status: 422 }) : thrown;
}
