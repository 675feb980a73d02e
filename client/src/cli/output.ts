import { once } from 'node:events';
import { iterate } from '../streams.ts';

/** Writes to standard output, no faster than it is read. */
export async function print(chunk: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
}

export const printJson = (value: object) => print(`${JSON.stringify(value)}\n`);

export async function printAll(chunks: ReadableStream<Uint8Array>): Promise<void> {
  for await (const chunk of iterate(chunks)) await print(chunk);
}

/** Says something to who watches, beside the data. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
