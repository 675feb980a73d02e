/** A number, a text, true or false, or null where it is missing. */
export type Cell = number | string | boolean | null;
/** Values by column; what is left out is missing. */
export type TableRecord = Readonly<Record<string, Cell>>;

/** Bytes, text, or a row. */
export type Chunk = Uint8Array | string | TableRecord;
export type Chunks = ReadableStream<Uint8Array> | AsyncIterable<Chunk>;

/** Not every browser can iterate over a stream. */
export function iterate<Item>(source: ReadableStream<Item> | AsyncIterable<Item>): AsyncIterable<Item> {
  return source instanceof ReadableStream ? read(source) : source;
}

async function* read<Item>(stream: ReadableStream<Item>): AsyncGenerator<Item, void, undefined> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** What a source of rows threw, which fetch would else report as a failure of the network. */
export class SourceError extends Error {
  readonly thrown: unknown;

  constructor(thrown: unknown) {
    super('The rows could not be read.');
    this.thrown = thrown;
  }
}

/** The bytes of the chunks, a record as a line of NDJSON, read as they are asked for; `onProgress` is told how many were. */
export function byteStream(
  chunks: AsyncIterable<Chunk>,
  onProgress?: (bytes: number) => void,
): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  let bytes = 0;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next().catch((thrown) => {
        throw new SourceError(thrown);
      });
      if (done) return controller.close();
      const chunk = encode(value, encoder);
      bytes += chunk.byteLength;
      onProgress?.(bytes);
      controller.enqueue(chunk);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}

function encode(chunk: Chunk, encoder: TextEncoder): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  return encoder.encode(typeof chunk === 'string' ? chunk : `${JSON.stringify(chunk)}\n`);
}
