import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import Papa from 'papaparse';
import { TableError } from './errors.ts';
import { maxLineBytes, textLines, type Upload } from './text.ts';

/** A spooled CSV file and how to read it. */
export interface CsvFile {
  readonly path: string;
  readonly names: string[];
  readonly delimiter: string;
  /** Whether the first line holds the names. */
  readonly header: boolean;
}

const delimiters = [',', ';', '\t', '|'] as const;

/** Writes an uploaded CSV to `path` and reads its header row. Throws TableError. */
export async function spoolCsv(upload: Upload, path: string, signal?: AbortSignal): Promise<CsvFile> {
  await pipeline(textLines(notJson(upload)), createWriteStream(path), { signal });
  await dropBlankEnd(path);
  const start = await readStart(path);
  if (start.trim() === '')
    throw new TableError('empty-table', 'The table is empty: expected a header row and data rows.');
  const delimiter = delimiterOf(start);
  const names = csvCells(start, delimiter).map((name) => name.trim());
  return { path, names, delimiter, header: true };
}

/** One CSV row, its names quoted where they must be. */
export function csvRow(cells: readonly (string | number | null)[]): string {
  return Papa.unparse([[...cells]]);
}

/** The cells of the first row of a CSV text. */
export function csvCells(text: string, delimiter: string): string[] {
  return Papa.parse<string[]>(text, { delimiter, preview: 1 }).data[0] ?? [];
}

/** The delimiter that the first line, its quoted names aside, holds most of. */
function delimiterOf(text: string): string {
  const line = text.split(/[\r\n]/, 1)[0].replaceAll(/"[^"]*"/g, '');
  const count = (delimiter: string) => line.split(delimiter).length;
  return delimiters.reduce((best, candidate) => (count(candidate) > count(best) ? candidate : best));
}

/** Passes bytes on. Throws TableError where they start like JSON, which may well be one very long line. */
async function* notJson(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let started = false;
  for await (const chunk of chunks) {
    const start: string = started ? '' : Buffer.from(chunk).toString('latin1').trimStart();
    if (/^[{[]/.test(start))
      throw new TableError('not-csv', 'The body starts like JSON: send it with Content-Type: application/json.');
    started ||= start !== '';
    yield chunk;
  }
}

/** Cuts blank lines off the end of a file: in a table of one column each would count as a missing cell. */
async function dropBlankEnd(path: string): Promise<void> {
  await using file = await open(path, 'r+');
  const { size } = await file.stat();
  const { buffer } = await file.read({
    buffer: Buffer.alloc(Math.min(size, 4096)),
    position: Math.max(0, size - 4096),
  });
  const blank = /(\r?\n)[ \r\n]*$/.exec(buffer.toString('latin1'));
  if (blank) await file.truncate(size - blank[0].length + blank[1].length);
}

async function readStart(path: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path, { end: maxLineBytes - 1 })) chunks.push(chunk);
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}
