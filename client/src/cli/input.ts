import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { formatOfName, type TableSource } from '../table.ts';
import type { TableFormat } from '../types.ts';
import type { Bar } from './bar.ts';
import { size } from './format.ts';

/** A table to send: a file, or what comes in by standard input. It is read as it is sent. */
export interface Input {
  readonly source: TableSource;
  readonly format: TableFormat;
  readonly gzip: boolean;
  /** What it is called, without its ending. */
  readonly name: string | undefined;
  readonly byteCount: number | undefined;
}

/** Throws where there is no such file. */
export async function openInput(file: string, format?: TableFormat): Promise<Input> {
  if (file === '-')
    return { source: process.stdin, format: format ?? 'csv', gzip: false, name: undefined, byteCount: undefined };
  const found = await stat(file).catch((error: Error) => {
    throw new Error(`${file} cannot be read: ${error.message.split(',')[0]}`);
  });
  if (!found.isFile() && !found.isFIFO()) throw new Error(`${file} is no file.`);
  return {
    // What is a pipe can be read once.
    source: found.isFile() ? () => createReadStream(file) : createReadStream(file),
    format: format ?? formatOfName(file) ?? 'csv',
    gzip: file.toLowerCase().endsWith('.gz'),
    name: basename(file).replace(/(\.\w+)?(\.gz)?$/i, '') || undefined,
    byteCount: found.isFile() ? found.size : undefined,
  };
}

export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile() || found.isFIFO(),
    () => false,
  );
}

/** Tells how much of an input has been sent. */
export function sending({ byteCount }: Input, bar: Bar): (bytes: number) => void {
  return (bytes) => {
    if (byteCount === undefined) bar.update(undefined, `${size(bytes)} sent`);
    else if (bytes < byteCount) bar.update(bytes / byteCount, `${size(bytes)} of ${size(byteCount)} sent`);
    else bar.update(1, `${size(bytes)} sent; the service reads it`);
  };
}
