import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Limits } from '../config.ts';
import { TableError } from './errors.ts';

export type UploadLimits = Pick<Limits, 'maxUploadBytes' | 'maxCompressionRatio'>;

/** Small tables may well repeat themselves, and do no harm when they do. */
const freeBytes = 2 ** 22;

/** The bytes of an upload, decompressed where `gzip` says that they are compressed, and counted as they pass. */
export class Upload {
  /** Of what has passed, decompressed. */
  byteCount = 0;
  #arrivedBytes = 0;
  readonly #chunks: AsyncIterable<Uint8Array>;
  readonly #gzip: boolean;
  readonly #limits: UploadLimits;

  constructor({ chunks, gzip = false }: { chunks: AsyncIterable<Uint8Array>; gzip?: boolean }, limits: UploadLimits) {
    this.#chunks = chunks;
    this.#gzip = gzip;
    this.#limits = limits;
  }

  /** Throws TableError once more has passed than the limits allow, or where gzip is damaged. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#gzip ? gunzip(this.#arriving()) : this.#arriving()) {
      this.byteCount += chunk.length;
      this.#checkLimits();
      yield chunk;
    }
  }

  async *#arriving(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#chunks) {
      this.#arrivedBytes += chunk.length;
      yield chunk;
    }
  }

  #checkLimits(): void {
    const { maxUploadBytes, maxCompressionRatio } = this.#limits;
    if (this.byteCount > maxUploadBytes)
      throw new TableError('too-many-bytes', `The table is larger than MAX_UPLOAD_BYTES=${maxUploadBytes} allows.`);
    if (this.byteCount > freeBytes && this.byteCount > maxCompressionRatio * this.#arrivedBytes)
      throw new TableError(
        'too-compressed',
        `The table grows, decompressed, by more than MAX_COMPRESSION_RATIO=${maxCompressionRatio} allows.`,
      );
  }
}

async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decompressed = createGunzip();
  // Its failure is the same that the loop throws.
  pipeline(Readable.from(chunks), decompressed).catch(() => {});
  try {
    yield* decompressed;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && /^Z_/.test(String(error.code)))) throw error;
    throw new TableError('not-gzip', `The gzip data is damaged or ends too early: ${error.message}.`);
  }
}
