import type { ParseResult, Parser } from 'papaparse';
import { type Cell, cellOf } from './cells.ts';
import { inOrder, recordRows, rowsOfJson, TableProblem } from './named-rows.ts';

/** Takes some rows; the next are read when it is done. */
export type TakeRows = (rows: Cell[][]) => Promise<void>;

/** Files that end so can be read. */
export const tableFormats = '.csv,.tsv,.txt,.json,.ndjson,.jsonl,.parquet,.gz';

/** Rows that are handed on at a time: the page stays responsive between them. */
export const blockRows = 5_000;

/**
 * Reads the columns of a file, in this order, and hands its rows on in blocks. A format is told by the file's name, and a CSV by
 * having no other; gzip around it is undone. Throws TableProblem where it is not a table with these columns, and what `take` throws.
 */
export async function readFile(file: File, columns: readonly string[], take: TakeRows): Promise<void> {
  const name = file.name.toLowerCase();
  const isPacked = name.endsWith('.gz');
  const bytes = await (isPacked ? unpacked(file) : file.arrayBuffer());
  const ending = (isPacked ? name.slice(0, -3) : name).split('.').at(-1);
  if (ending === 'parquet') return readParquet(bytes, columns, take);
  const text = decoded(bytes);
  if (ending === 'json') return inBlocks(inOrder(rowsOfJson(parsed(text, 'The file')), columns), take);
  if (ending === 'ndjson' || ending === 'jsonl') return readLines(text, columns, take);
  return readCsv(text, columns, take);
}

async function unpacked(file: File): Promise<ArrayBuffer> {
  try {
    return await new Response(file.stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
  } catch {
    throw new TableProblem('The file ends in .gz, and is not gzip.');
  }
}

/** UTF-8, and what is not that as Latin-1, which the service takes it for, too. */
function decoded(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('latin1').decode(bytes);
  }
}

function parsed(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TableProblem(`${what} is not JSON: ${error instanceof Error ? error.message : error}`);
  }
}

async function inBlocks(rows: Cell[][], take: TakeRows): Promise<void> {
  for (let first = 0; first < rows.length; first += blockRows) await take(rows.slice(first, first + blockRows));
}

async function readLines(text: string, columns: readonly string[], take: TakeRows): Promise<void> {
  let records: unknown[] = [];
  const hand = async () => {
    // What one block leaves out everywhere is missing there, not in the table.
    const blank = Object.fromEntries(columns.map((column) => [column, null]));
    await take(inOrder(recordRows([blank, ...records]), columns).slice(1));
    records = [];
  };
  for (const [line, content] of text.split('\n').entries()) {
    if (content.trim() === '') continue;
    records.push(parsed(content, `Line ${line + 1}`));
    if (records.length === blockRows) await hand();
  }
  if (records.length > 0) await hand();
}

/** Characters of a CSV that are read at a time. */
const chunkSize = 2 ** 19;

async function readCsv(text: string, columns: readonly string[], take: TakeRows): Promise<void> {
  const { default: Papa } = await import('papaparse');
  let names: string[] | undefined;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  Papa.parse<string[]>(text, {
    chunkSize,
    skipEmptyLines: true,
    delimitersToGuess: [',', ';', '\t', '|'],
    ...(columns.length === 1 && !/[,;\t|]/.test(text.slice(0, text.indexOf('\n'))) && { delimiter: ',' }),
    chunk: ({ data }: ParseResult<string[]>, parser: Parser) => {
      parser.pause();
      const header = names ?? data.shift()?.map((cell) => cell.trim()) ?? [];
      names = header;
      const hand = async () => {
        await inBlocks(inOrder({ names: header, rows: data.map((row) => row.map(cellOf)) }, columns), take);
        parser.resume();
      };
      hand().catch((error) => {
        reject(error);
        parser.abort();
      });
    },
    complete: () => resolve(),
  });
  return promise;
}

async function readParquet(bytes: ArrayBuffer, columns: readonly string[], take: TakeRows): Promise<void> {
  const { parquetMetadata, parquetReadObjects, parquetSchema } = await import('hyparquet');
  const rowsFrom = async () => {
    const metadata = parquetMetadata(bytes);
    const names = parquetSchema(metadata).children.map(({ element }) => element.name);
    // Throws where one is not there, also in a table without rows.
    inOrder({ names, rows: [] }, columns);
    return Number(metadata.num_rows);
  };
  const rowCount = await unreadable(rowsFrom);
  for (let rowStart = 0; rowStart < rowCount; rowStart += blockRows) {
    const rowEnd = Math.min(rowCount, rowStart + blockRows);
    const records = await unreadable(() =>
      parquetReadObjects({ file: bytes, columns: [...columns], rowStart, rowEnd }),
    );
    await take(inOrder(recordRows(records), columns));
  }
}

async function unreadable<Result>(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof TableProblem) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new TableProblem(
      `This Parquet file cannot be read here (${reason}). Store it as a dataset, and choose it there.`,
    );
  }
}
