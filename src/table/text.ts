import { isUtf8 } from 'node:buffer';
import { TableError } from './errors.ts';

/** No row of a table is longer than this, so that no part of reading one needs unbounded memory. */
export const maxLineBytes = 2 ** 23;

/** A line that is longer than `maxLineBytes`, and how it starts. */
export class LineTooLong extends TableError {
  readonly line: number;
  readonly start: string;

  constructor(line: number, start: Buffer) {
    super('line-too-long', `Line ${line} is longer than ${maxLineBytes} bytes, the most that a row may have.`);
    this.line = line;
    this.start = start.toString('utf8');
  }
}

/** Which bytes are text, and what becomes of a line with other bytes. */
export interface TextRule {
  isText(bytes: Buffer): boolean;
  onOther(line: number): void;
}

/** Lines that are not UTF-8 are refused. */
export const strictUtf8: TextRule = {
  isText: isUtf8,
  onOther(line) {
    throw new TableError('not-text', `Line ${line} is not UTF-8 text.`);
  },
};

/**
 * Passes text on in whole lines. Throws TableError, naming the line, where it breaks the rule, holds a NUL byte or is
 * longer than `maxLineBytes`.
 */
export async function* textLines(chunks: AsyncIterable<Uint8Array>, rule = strictUtf8): AsyncGenerator<Buffer> {
  let line = 1;
  let unfinished: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    for (const block of wholeLines(unfinished, asBuffer(chunk))) {
      checkText(block, line, rule);
      yield block;
      line += countLines(block);
    }
    unfinished = unfinishedLine(unfinished, asBuffer(chunk));
    if (unfinished.length > maxLineBytes) throw new LineTooLong(line, unfinished);
  }
  checkText(unfinished, line, rule);
  if (unfinished.length > 0) yield unfinished;
}

const asBuffer = ({ buffer, byteOffset, length }: Uint8Array) => Buffer.from(buffer, byteOffset, length);

/** The lines that a chunk ends, after the start of the first of them: only that one is copied. */
function* wholeLines(start: Buffer, chunk: Buffer): Generator<Buffer> {
  const first = start.length === 0 ? 0 : chunk.indexOf(0x0a) + 1;
  const end = chunk.lastIndexOf(0x0a) + 1;
  if (first > 0) yield Buffer.concat([start, chunk.subarray(0, first)]);
  if (end > first) yield chunk.subarray(first, end);
}

function unfinishedLine(start: Buffer, chunk: Buffer): Buffer {
  const end = chunk.lastIndexOf(0x0a) + 1;
  return end > 0 ? chunk.subarray(end) : Buffer.concat([start, chunk]);
}

/** Writes every line end, CR LF or CR, as LF: readers of tables want them of one kind. */
export async function* unixLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let afterReturn = false;
  for await (const chunk of chunks) {
    const bytes = afterReturn && chunk[0] === 0x0a ? chunk.subarray(1) : chunk;
    if (chunk.length > 0) afterReturn = chunk.at(-1) === 0x0d;
    yield bytes.includes(0x0d) ? withUnixLines(bytes) : bytes;
  }
}

function withUnixLines(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return Buffer.from(text.replaceAll(/\r\n?/g, '\n'), 'latin1');
}

/** Passes bytes on while they are UTF-8. Throws TableError where they are not. */
export async function* utf8(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let passed = 0;
  for await (const chunk of chunks) {
    try {
      decoder.decode(chunk, { stream: true });
    } catch {
      throw new TableError('not-text', `The body is not UTF-8 text: see the bytes after the first ${passed}.`);
    }
    passed += chunk.length;
    yield chunk;
  }
}

/** The first bytes, at least so many where there are, and all `chunks`; disposing of it gives up what is not read. */
export async function peek(chunks: AsyncIterable<Uint8Array>, byteCount: number) {
  const iterator = chunks[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (start.length < byteCount) {
    const { done, value } = await iterator.next();
    if (done) break;
    start = Buffer.concat([start, value]);
  }
  // Not waited for: a source that has stalled would not answer.
  const giveUp = () => void iterator.return?.().catch(() => {});
  return { start, chunks: joined(start, iterator), [Symbol.dispose]: giveUp };
}

async function* joined(start: Buffer, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield start;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

function countLines(block: Buffer): number {
  let count = 0;
  for (let end = block.indexOf(0x0a); end >= 0; end = block.indexOf(0x0a, end + 1)) count++;
  return count;
}

function checkText(block: Buffer, firstLine: number, rule: TextRule): void {
  if (rule.isText(block) && !block.includes(0)) return;
  let line = firstLine;
  for (let start = 0; start < block.length; line++) {
    const newline = block.indexOf(0x0a, start);
    const end = newline < 0 ? block.length : newline + 1;
    const text = block.subarray(start, end);
    if (!rule.isText(text)) rule.onOther(line);
    if (text.includes(0)) throw new TableError('not-text', `Line ${line} holds a NUL byte, which text does not have.`);
    start = end;
  }
}
