import type { Pool } from 'pg';
import type { Prisma, PrismaClient } from './client/client.ts';
import { ConflictError, NotFoundError } from './errors.ts';
import { checkId, newId } from './ids.ts';
import { type JsonObject, jsonObject, jsonStrings } from './json.ts';
import { type Page, type PageRequest, pageQuery, toPage } from './page.ts';
import { transaction } from './transaction.ts';

const columnKinds = ['continuous', 'integer', 'boolean', 'categorical'] as const;

export interface DatasetColumn {
  readonly name: string;
  readonly kind: (typeof columnKinds)[number];
  readonly missingCount: number;
  readonly lower?: number;
  readonly upper?: number;
  readonly ignored?: boolean;
  readonly summary: JsonObject;
}

export interface Dataset {
  readonly id: string;
  readonly name: string;
  readonly rowCount: number;
  readonly byteCount: number;
  readonly columns: DatasetColumn[];
  readonly warnings: string[];
  readonly createdAt: Date;
}

/** A run of rows as one Parquet file of at most about 4 MB. */
export interface DatasetPart {
  readonly rowCount: number;
  readonly bytes: Uint8Array;
}

/** The datasets: a row for each, and its table in parts, the unit of streaming. */
export class Datasets {
  readonly #prisma: PrismaClient;
  readonly #pool: Pool;

  constructor(prisma: PrismaClient, pool: Pool) {
    this.#prisma = prisma;
    this.#pool = pool;
  }

  /**
   * Stores a dataset and its parts, all or nothing, holding one part in memory at a time.
   * Throws what `parts` throws, and RangeError when its rows are not `rowCount` in all.
   */
  async create(dataset: Omit<Dataset, 'id' | 'createdAt'>, parts: AsyncIterable<DatasetPart>): Promise<Dataset> {
    const id = newId();
    const { name, rowCount, byteCount, columns, warnings } = dataset;
    // Not through Prisma, which takes several times as long over the parts' bytes.
    await transaction(this.#pool, async (client) => {
      await client.query(
        'INSERT INTO datasets (id, name, row_count, byte_count, columns, warnings) VALUES ($1, $2, $3, $4, $5, $6)',
        [id, name, rowCount, byteCount, JSON.stringify(columns), JSON.stringify(warnings)],
      );
      let firstRow = 0;
      for await (const part of parts) {
        await client.query(
          'INSERT INTO dataset_parts (dataset_id, first_row, row_count, bytes) VALUES ($1, $2, $3, $4)',
          [id, firstRow, part.rowCount, part.bytes],
        );
        firstRow += part.rowCount;
      }
      if (firstRow !== rowCount)
        throw new RangeError(`dataset ${JSON.stringify(name)}: expected parts of ${rowCount} rows, got ${firstRow}`);
    });
    return this.get(id);
  }

  /** Throws NotFoundError. */
  async get(id: string): Promise<Dataset> {
    checkId('dataset', id);
    const row = await this.#prisma.dataset.findUnique({ where: { id } });
    if (!row) throw new NotFoundError('dataset', id);
    return toDataset(row);
  }

  /** Newest first. */
  async list(request: PageRequest): Promise<Page<Dataset>> {
    return toPage(await this.#prisma.dataset.findMany(pageQuery(request)), request, toDataset);
  }

  /** Throws NotFoundError, and ConflictError while a model on it is queued or training. */
  async delete(id: string): Promise<void> {
    checkId('dataset', id);
    await this.#prisma.$transaction(async (tx) => {
      // Locked first: a model that is being created on it holds a share of this lock, and is seen by the next query.
      const locked = await tx.$queryRaw<unknown[]>`SELECT 1 FROM datasets WHERE id = ${id}::uuid FOR UPDATE`;
      if (locked.length === 0) throw new NotFoundError('dataset', id);
      const user = await tx.model.findFirst({
        where: { datasetId: id, status: { in: ['queued', 'training'] } },
        select: { id: true, status: true },
      });
      if (user)
        throw new ConflictError('dataset-in-use', `the model ${user.id} on the dataset ${id} is ${user.status}`);
      await tx.dataset.delete({ where: { id } });
    });
  }

  /**
   * The parts in order, read one at a time; those that end before row `offset` are passed over.
   * Throws NotFoundError, also when the dataset is deleted while it is being read.
   */
  async *parts(id: string, { offset = 0 } = {}): AsyncGenerator<DatasetPart & { firstRow: number }> {
    const { rowCount } = await this.get(id);
    for (let row = offset; row < rowCount; ) {
      const { rows } = await this.#pool.query<{ firstRow: string; rowCount: number; bytes: Buffer }>(
        `SELECT first_row AS "firstRow", row_count AS "rowCount", bytes FROM dataset_parts
         WHERE dataset_id = $1 AND first_row + row_count > $2 ORDER BY first_row LIMIT 1`,
        [id, row],
      );
      const [part] = rows;
      if (!part) throw new NotFoundError('dataset', id);
      const firstRow = Number(part.firstRow);
      yield { firstRow, rowCount: part.rowCount, bytes: part.bytes };
      row = firstRow + part.rowCount;
    }
  }
}

function toDataset(row: Prisma.DatasetModel): Dataset {
  return {
    id: row.id,
    name: row.name,
    rowCount: Number(row.rowCount),
    byteCount: Number(row.byteCount),
    columns: toColumns(row.columns),
    warnings: jsonStrings(row.warnings),
    createdAt: row.createdAt,
  };
}

function toColumns(value: Prisma.JsonValue): DatasetColumn[] {
  if (!Array.isArray(value)) throw new TypeError(`stored columns: expected an array, got ${JSON.stringify(value)}`);
  return value.map((column) => {
    const { name, kind, missingCount, summary } = jsonObject(column);
    const knownKind = columnKinds.find((candidate) => candidate === kind);
    if (typeof name !== 'string' || knownKind === undefined || typeof missingCount !== 'number')
      throw new TypeError(`stored column: expected a name, a kind and missingCount, got ${JSON.stringify(column)}`);
    return { name, kind: knownKind, missingCount, summary: jsonObject(summary) };
  });
}
