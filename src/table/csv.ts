import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import Papa from 'papaparse';
import type { Cell } from './cells.ts';
import { type CsvOptions, layoutOf } from './csv-layout.ts';
import { encodingOf, labelOf, latin1, recodeLatin1, ruleOf, toUtf8, Utf8Guess } from './encoding.ts';
import { shown, TableError } from './errors.ts';
import { csvCells } from './read-csv.ts';
import { csvTable, type SpooledTable, type SpoolOptions } from './spooled.ts';
import { LineTooLong, peek, textLines, unixLines } from './text.ts';
import type { Upload } from './upload.ts';

/** The names of columns are looked at one by one. */
const maxHeaderBytes = 2 ** 18;
/** Many small writes take longer than few. */
const writtenAtOnce = 2 ** 20;

/** Writes an uploaded CSV to `path`, as UTF-8 with Unix line ends, and reads its first line. Throws TableError. */
export async function spoolCsv(
  upload: Upload,
  path: string,
  { csv = {}, signal }: SpoolOptions,
): Promise<SpooledTable> {
  using body = await peek(upload, 64);
  refuseOtherFormats(body.start);
  const label = labelOf(body.start, csv.encoding);
  const guess = new Utf8Guess();
  const text = new WatchedText(textLines(unixLines(toUtf8(body.chunks, label)), label ? ruleOf(label) : guess));
  try {
    await pipeline(text, createWriteStream(path, { highWaterMark: writtenAtOnce }), { signal });
  } catch (error) {
    throw error instanceof LineTooLong ? located(error, text.firstLine, csv) : error;
  }
  const { otherLine } = guess;
  if (otherLine !== undefined) await recodeLatin1(path, signal);
  if (await dropBlankEnd(path))
    throw new TableError('empty-table', 'The table is empty: expected a header row and data rows.');
  const firstLine = otherLine === undefined ? text.firstLine.toString() : latin1(text.firstLine);
  if (csv.header !== false && text.firstLine.length > maxHeaderBytes)
    throw new TableError(
      'line-too-long',
      `Line 1 is longer than ${maxHeaderBytes} bytes, the most that the names of columns may have.`,
    );
  const layout = layoutOf(firstLine, csv);
  const warnings: string[] = [];
  if (otherLine !== undefined)
    warnings.push(`Line ${otherLine} is not UTF-8 text: the table was read as Latin-1 (windows-1252).`);
  if (csv.header === undefined && layout.names.every(isNumber))
    warnings.push(
      'The first line holds numbers, but was read as the names of the columns: header=false says otherwise.',
    );
  const hasUnderscore = text.hasUnderscore || (!layout.header && firstLine.includes('_'));
  const { delimiter, header } = layout;
  const encoding = otherLine === undefined ? encodingOf(label) : 'latin-1';
  return csvTable({ path, ...layout, hasUnderscore }, { warnings, csv: { delimiter, header, encoding } });
}

/** Names as a line of CSV, quoted where they must be. */
export function csvNames(names: readonly string[]): string {
  return `${Papa.unparse([[...names]])}\n`;
}

/** One row as a line of CSV. An empty line would be passed over by many readers, so a lone missing cell is quoted. */
export function csvLine(row: readonly Cell[]): string {
  return row.length === 1 && row[0] === null ? '""\n' : `${row.map(csvCell).join(',')}\n`;
}

function csvCell(cell: Cell): string {
  if (typeof cell === 'string' && /[",\r\n]|^\s|\s$/.test(cell)) return `"${cell.replaceAll('"', '""')}"`;
  return cell === null ? '' : String(cell);
}

const isNumber = (name: string) => name !== '' && Number.isFinite(Number(name));

/** What other formats start with, and what to send them as. */
const otherFormats = [
  { start: '{', what: 'JSON', header: 'Content-Type: application/json' },
  { start: '[', what: 'JSON', header: 'Content-Type: application/json' },
  { start: 'PAR1', what: 'Parquet', header: 'Content-Type: application/vnd.apache.parquet' },
  { start: '\x1f\x8b', what: 'gzip', header: 'Content-Encoding: gzip' },
];

/** Throws TableError where a body starts like another format. */
function refuseOtherFormats(bytes: Buffer): void {
  const text = bytes.toString('latin1').trimStart();
  const other = otherFormats.find(({ start }) => text.startsWith(start));
  if (other) throw new TableError('not-csv', `The body starts like ${other.what}: send it with ${other.header}.`);
}

/** The error with the column of the line that takes it past the limit. */
function located(error: LineTooLong, firstLine: Buffer, csv: CsvOptions): TableError {
  if (error.line === 1) return error;
  const { names, delimiter } = layoutOf(firstLine.toString(), csv);
  const column = csvCells(error.start, delimiter).length - 1;
  return new TableError(error.code, `${error.message.slice(0, -1)}: see column ${shown(names[column] ?? column + 1)}.`);
}

/** A text that is looked at as it passes. */
class WatchedText {
  firstLine: Buffer = Buffer.alloc(0);
  /** Below the first line. */
  hasUnderscore = false;
  readonly #blocks: AsyncIterable<Buffer>;

  constructor(blocks: AsyncIterable<Buffer>) {
    this.#blocks = blocks;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    let isFirst = true;
    for await (const block of this.#blocks) {
      const end = block.indexOf(0x0a);
      if (isFirst) this.firstLine = block.subarray(0, end < 0 ? block.length : end);
      this.hasUnderscore ||= block.includes(0x5f, isFirst ? this.firstLine.length : 0);
      isFirst = false;
      yield block;
    }
  }
}

/**
 * Cuts blank lines off the end of a file: in a table of one column each would count as a missing cell.
 * True where nothing else is in it.
 */
async function dropBlankEnd(path: string): Promise<boolean> {
  await using file = await open(path, 'r+');
  const { size } = await file.stat();
  const { buffer } = await file.read({
    buffer: Buffer.alloc(Math.min(size, 4096)),
    position: Math.max(0, size - 4096),
  });
  const end = buffer.toString('latin1');
  const blank = /\n[ \n]*$/.exec(end);
  if (blank) await file.truncate(size - blank[0].length + 1);
  return end.trim() === '' && size <= 4096;
}
