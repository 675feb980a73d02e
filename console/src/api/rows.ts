import type { Cell, Columns } from './cell.ts';
import { authorization } from './key.ts';
import { errorOf } from './problem.ts';
import { spread } from './spread.ts';

/** For how long rows are read at a time: the page has to stay quick in between. */
const sliceMilliseconds = 8;

/** Columns of a dataset: of all its rows, or where they are more than `most`, of that many. Throws ApiError. */
export async function readRows(
  id: string,
  names: readonly string[],
  { rowCount, most }: { rowCount: number; most: number },
): Promise<Columns> {
  const columns = emptyColumns(names);
  for (const { offset, limit } of spread(rowCount, most)) {
    const query = new URLSearchParams({ format: 'ndjson', offset: String(offset), limit: String(limit) });
    for (const name of names) query.append('columns', name);
    await collect(await ask(`/v1/datasets/${id}/rows?${query}`), columns);
  }
  return columns;
}

export interface SampleRequest {
  readonly n: number;
  readonly seed: number;
  readonly temperature: number;
  readonly context: Readonly<Record<string, Cell>>;
}

/** Rows drawn from a model. Throws ApiError. */
export async function readSamples(id: string, names: readonly string[], request: SampleRequest): Promise<Columns> {
  const columns = emptyColumns(names);
  const response = await ask(`/v1/models/${id}/sample?format=ndjson`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  await collect(response, columns);
  return columns;
}

const emptyColumns = (names: readonly string[]) => new Map(names.map((name): [string, Cell[]] => [name, []]));

async function ask(path: string, { headers, ...options }: RequestInit = {}): Promise<Response> {
  const response = await fetch(path, { ...options, headers: { ...authorization(), ...headers } });
  if (response.ok) return response;
  throw errorOf(response.status, await response.json().catch(() => undefined), response.headers.get('retry-after'));
}

/** Adds the rows of an answer, an object a line, to the columns; what else the lines hold is passed over. */
async function collect({ body }: Response, columns: ReadonlyMap<string, Cell[]>): Promise<void> {
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  let begun = performance.now();
  let rest = '';
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
    const lines = (rest + next.value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const row: Record<string, Cell> = JSON.parse(line);
      for (const [name, cells] of columns) cells.push(row[name] ?? null);
      if (performance.now() - begun < sliceMilliseconds) continue;
      await pause();
      begun = performance.now();
    }
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve));
