import { type FileHandle, mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** More than that waits on disk. */
const memoryBytes = 2 ** 20;
const readBytes = 2 ** 16;

/**
 * Bytes on their way from one that must not wait to another that may be slow or read only at the end: the first of them wait
 * in memory, the rest in a file under `directory`. It is gone when disposed of.
 */
export class SpillQueue implements AsyncDisposable {
  readonly #directory: string;
  #memory: Buffer[] = [];
  #memorySize = 0;
  #file: { readonly handle: FileHandle; readonly path: string } | undefined;
  /** Between which offsets of the file bytes wait. */
  #start = 0;
  #end = 0;
  #ended = false;
  #error: unknown;
  #wake = () => {};

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Only one may push at a time. */
  async push(chunk: string | Uint8Array): Promise<void> {
    const bytes = Buffer.from(chunk);
    if (this.#start === this.#end && this.#memorySize + bytes.length <= memoryBytes) {
      this.#memory.push(bytes);
      this.#memorySize += bytes.length;
    } else {
      const { handle } = await this.#spill();
      await handle.appendFile(bytes);
      this.#end += bytes.length;
    }
    this.#wake();
  }

  /** Nothing more comes, perhaps because of an error, which the reader gets after the rest. */
  end(error?: unknown): void {
    this.#ended = true;
    this.#error = error;
    this.#wake();
  }

  /** What was pushed, in order, until the end. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      const [chunk] = this.#memory;
      if (chunk) {
        this.#memory.shift();
        this.#memorySize -= chunk.length;
        yield chunk;
      } else if (this.#file && this.#start < this.#end) {
        const length = Math.min(readBytes, this.#end - this.#start);
        const { buffer, bytesRead } = await this.#file.handle.read(Buffer.alloc(length), 0, length, this.#start);
        this.#start += bytesRead;
        yield buffer.subarray(0, bytesRead);
      } else if (this.#ended) {
        if (this.#error !== undefined) throw this.#error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.handle.close();
    if (file) await rm(file.path, { recursive: true, force: true });
  }

  async #spill() {
    if (this.#file) return this.#file;
    await mkdir(this.#directory, { recursive: true });
    const path = await mkdtemp(join(this.#directory, 'answer-'));
    this.#file = { path, handle: await open(join(path, 'rest'), 'w+') };
    return this.#file;
  }
}

/**
 * The chunks of a source that is read as fast as it comes, however slowly they are taken; with `whole`, none before all are
 * there. An error of the source comes in its place, or with `whole` at once.
 */
export async function* unhurried(
  source: AsyncIterable<string | Uint8Array>,
  directory: string,
  { whole = false }: { whole?: boolean } = {},
): AsyncGenerator<Uint8Array> {
  await using queue = new SpillQueue(directory);
  let gone = false;
  const fill = async () => {
    for await (const chunk of source) {
      if (gone) return;
      await queue.push(chunk);
    }
  };
  const filled = fill();
  filled.then(
    () => queue.end(),
    (error) => queue.end(error),
  );
  try {
    if (whole) await filled;
    yield* queue;
  } finally {
    gone = true;
    await filled.catch(() => {});
  }
}
