import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { TableError } from './errors.ts';

/** No row of a table is longer than this, so that no part of reading one needs unbounded memory. */
export const maxLineBytes = 2 ** 23;

/** The bytes of an upload, counted as they pass. */
export class Upload {
  byteCount = 0;
  readonly #stream: Readable;
  readonly #maxBytes: number;

  constructor(stream: Readable, maxBytes: number) {
    this.#stream = stream;
    this.#maxBytes = maxBytes;
  }

  /** Throws TableError once more than the limit has passed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    // The stream may be a request whose socket is still to carry the answer, so it is not destroyed with the loop.
    for await (const chunk of this.#stream.iterator({ destroyOnReturn: false })) {
      this.byteCount += chunk.length;
      if (this.byteCount > this.#maxBytes)
        throw new TableError('too-many-bytes', `The table is larger than MAX_UPLOAD_BYTES=${this.#maxBytes} allows.`);
      yield chunk;
    }
  }
}

/**
 * Passes text on in whole lines.
 * Throws TableError, naming the line, where a line is not UTF-8, holds a NUL byte or is longer than `maxLineBytes`.
 */
export async function* textLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let line = 1;
  let unfinished = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const block = Buffer.concat([unfinished, chunk]);
    const end = block.lastIndexOf(0x0a) + 1;
    const whole = block.subarray(0, end);
    unfinished = block.subarray(end);
    checkText(whole, line);
    if (end > 0) yield whole;
    line += countLines(whole);
    if (unfinished.length > maxLineBytes)
      throw new TableError('line-too-long', `Line ${line} is longer than ${maxLineBytes} bytes.`);
  }
  checkText(unfinished, line);
  if (unfinished.length > 0) yield unfinished;
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

function countLines(block: Buffer): number {
  let count = 0;
  for (let end = block.indexOf(0x0a); end >= 0; end = block.indexOf(0x0a, end + 1)) count++;
  return count;
}

function checkText(block: Buffer, firstLine: number): void {
  if (isUtf8(block) && !block.includes(0)) return;
  let line = firstLine;
  for (let start = 0; start < block.length; line++) {
    const newline = block.indexOf(0x0a, start);
    const end = newline < 0 ? block.length : newline + 1;
    const text = block.subarray(start, end);
    if (!isUtf8(text)) throw new TableError('not-text', `Line ${line} is not UTF-8 text.`);
    if (text.includes(0)) throw new TableError('not-text', `Line ${line} holds a NUL byte, which text does not have.`);
    start = end;
  }
}
