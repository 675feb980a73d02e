import { isUtf8 } from 'node:buffer';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { TableError } from './errors.ts';
import { strictUtf8, type TextRule } from './text.ts';

/** The encodings that a request may name; UTF-16 is little-endian where no byte order mark says otherwise. */
export const encodings = ['utf-8', 'utf-16', 'latin-1'] as const;
export type Encoding = (typeof encodings)[number];

type Label = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

const marks: readonly { readonly bytes: Buffer; readonly label: Label }[] = [
  { bytes: Buffer.of(0xef, 0xbb, 0xbf), label: 'utf-8' },
  { bytes: Buffer.of(0xff, 0xfe), label: 'utf-16le' },
  { bytes: Buffer.of(0xfe, 0xff), label: 'utf-16be' },
];

/** The encoding of a text: what is asked for, else what its byte order mark says; undefined where neither is there. */
export function labelOf(start: Buffer, asked: Encoding | undefined): Label | undefined {
  const marked = marks.find(({ bytes }) => start.subarray(0, bytes.length).equals(bytes))?.label;
  switch (asked) {
    case 'utf-16':
      return marked === 'utf-16be' ? marked : 'utf-16le';
    case 'latin-1':
      return 'windows-1252';
    default:
      return asked ?? marked;
  }
}

/** What a request would call the encoding of a text. */
export function encodingOf(label: Label = 'utf-8'): Encoding {
  if (label === 'utf-8') return label;
  return label === 'windows-1252' ? 'latin-1' : 'utf-16';
}

/**
 * The text as UTF-8 without a byte order mark, which the first chunk must hold whole.
 * Bytes that do not fit the encoding become U+FFFD; those of UTF-8 pass as they are.
 */
export async function* toUtf8(chunks: AsyncIterable<Uint8Array>, label: Label = 'utf-8'): AsyncGenerator<Uint8Array> {
  if (label === 'utf-8') {
    yield* withoutMark(chunks);
    return;
  }
  const decoder = new TextDecoder(label);
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

async function* withoutMark(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const [{ bytes }] = marks;
  let atStart = true;
  for await (const chunk of chunks) {
    yield atStart && bytes.equals(chunk.subarray(0, bytes.length)) ? chunk.subarray(bytes.length) : chunk;
    atStart = false;
  }
}

/** What a text must be in once it is UTF-8. */
export function ruleOf(label: Label): TextRule {
  if (label === 'utf-8') return strictUtf8;
  if (label === 'windows-1252') return { isText: () => true, onOther() {} };
  return {
    isText: (bytes) => !bytes.includes('\uFFFD'),
    onOther(line) {
      throw new TableError('not-text', `Line ${line} is not UTF-16 text.`);
    },
  };
}

/** Takes a text for UTF-8 until a line is not. */
export class Utf8Guess implements TextRule {
  /** The first that is not UTF-8. */
  otherLine: number | undefined;

  isText(bytes: Buffer): boolean {
    return this.otherLine !== undefined || isUtf8(bytes);
  }

  onOther(line: number): void {
    this.otherLine = line;
  }
}

export function latin1(bytes: Buffer): string {
  return new TextDecoder('windows-1252').decode(bytes);
}

/** Turns a file of Latin-1 into UTF-8. */
export async function recodeLatin1(path: string, signal?: AbortSignal): Promise<void> {
  const recoded = `${path}.utf8`;
  await pipeline(toUtf8(createReadStream(path), 'windows-1252'), createWriteStream(recoded), { signal });
  await rename(recoded, path);
}
