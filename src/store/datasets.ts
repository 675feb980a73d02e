import type { Subject } from './audit.ts';
import type { Prisma } from './client/client.ts';
import { type DatasetPart, failureOf, writeParts } from './dataset-parts.ts';
import { ConflictError, NotFoundError } from './errors.ts';
import type { Keep } from './idempotency.ts';
import { checkId, newId } from './ids.ts';
import { type JsonObject, jsonObject, jsonStrings } from './json.ts';
import { Owned } from './owned.ts';
import { fittingItems, type Page, type PageRequest, pageQuery, toPage } from './page.ts';
import { executeOn } from './transaction.ts';

const columnKinds = ['continuous', 'integer', 'boolean', 'categorical'] as const;

export interface DatasetColumn {
  readonly name: string;
  readonly kind: (typeof columnKinds)[number];
  /** Why it is of this kind. */
  readonly reason: string;
  /** Whether it is only stored, and takes no part in models. */
  readonly ignored: boolean;
  readonly missingCount: number;
  /** The least and the greatest value that it can have. */
  readonly lower?: number;
  readonly upper?: number;
  readonly summary: JsonObject;
}

/** How numeric columns go together. */
export interface StoredCorrelations {
  readonly columns: readonly string[];
  readonly values: readonly (readonly (number | null)[])[];
}

export interface Dataset {
  readonly id: string;
  readonly name: string;
  readonly rowCount: number;
  readonly byteCount: number;
  readonly columns: readonly DatasetColumn[];
  readonly correlations: StoredCorrelations | null;
  readonly warnings: readonly string[];
  readonly createdAt: Date;
}

export type NewDataset = Omit<Dataset, 'id' | 'createdAt' | 'correlations'> & Partial<Pick<Dataset, 'correlations'>>;

/** The datasets: a row for each, and its table in parts, the unit of streaming. */
export class Datasets extends Owned {
  /**
   * Stores a dataset, its parts and what `keep` writes, all or nothing, holding two parts in memory at a time. The parts are written while
   * what is to be said of them is still found out.
   * Throws what `parts` throws or `dataset` rejects with, and RangeError when the rows are not `rowCount` in all.
   */
  async create(
    dataset: NewDataset | Promise<NewDataset>,
    parts: AsyncIterable<DatasetPart>,
    keep?: Keep<Dataset>,
  ): Promise<Dataset> {
    const id = newId();
    const { owner } = this.actor;
    const failure = failureOf(dataset);
    // Not through Prisma, which takes several times as long over the parts' bytes.
    return this.audit.throughPool(this.actor, async (client, note) => {
      await client.query(
        `INSERT INTO datasets (id, owner, name, row_count, byte_count, columns, warnings)
         VALUES ($1, $2, '', 0, 0, '[]', '[]')`,
        [id, owner],
      );
      const partRows = await writeParts(client, id, { parts, failure });
      const { name, rowCount, byteCount, columns, correlations = null, warnings } = await dataset;
      if (partRows !== rowCount)
        throw new RangeError(`dataset ${JSON.stringify(name)}: expected parts of ${rowCount} rows, got ${partRows}`);
      const { rows } = await client.query<DatasetRow>(
        `UPDATE datasets SET name = $2, row_count = $3, byte_count = $4, columns = $5, correlations = $6, warnings = $7
         WHERE id = $1
         RETURNING id, name, row_count AS "rowCount", byte_count AS "byteCount", columns, correlations, warnings,
           created_at AS "createdAt"`,
        [id, name, rowCount, byteCount, ...[columns, correlations, warnings].map(jsonText)],
      );
      const created = toDataset(rows[0]);
      await note('dataset.created', { id, owner, name });
      await keep?.(executeOn(client), created);
      return created;
    });
  }

  /** Throws NotFoundError. */
  async get(id: string): Promise<Dataset> {
    checkId('dataset', id);
    const row = await this.prisma.dataset.findFirst({ where: this.own(id) });
    if (!row) throw new NotFoundError('dataset', id);
    return toDataset(row);
  }

  /** Newest first; fewer than `limit` where they are large. */
  async list(request: PageRequest): Promise<Page<Dataset>> {
    const fitting = { ...request, limit: await this.#fitting(request) };
    return toPage(await this.prisma.dataset.findMany(pageQuery(fitting, this.owner)), fitting, toDataset);
  }

  async #fitting({ limit, cursor }: PageRequest): Promise<number> {
    const before = cursor ?? null;
    const sizes = await this.prisma.$queryRaw<{ size: number }[]>`
      SELECT pg_column_size(columns)::int AS size FROM datasets
      WHERE owner = coalesce(${this.owner ?? null}, owner) AND (${before}::uuid IS NULL OR id < ${before}::uuid)
        ORDER BY id DESC LIMIT ${limit}`;
    return fittingItems(sizes);
  }

  /** Throws NotFoundError, and ConflictError while a model on it is queued or training, or a job reads it. */
  async delete(id: string): Promise<void> {
    checkId('dataset', id);
    await this.audit.throughPrisma(this.actor, async (tx, note) => {
      // Locked first: a model or job that is being created on it holds a share of this lock, and is seen by the next query.
      const [subject] = await tx.$queryRaw<Subject[]>`
        SELECT id, owner, name FROM datasets
        WHERE id = ${id}::uuid AND owner = coalesce(${this.owner ?? null}, owner) FOR UPDATE`;
      if (!subject) throw new NotFoundError('dataset', id);
      const user = await tx.model.findFirst({
        where: { datasetId: id, status: { in: ['queued', 'training'] } },
        select: { id: true, status: true },
      });
      if (user)
        throw new ConflictError('dataset-in-use', `the model ${user.id} on the dataset ${id} is ${user.status}`);
      const reader = await tx.bulkJob.findFirst({
        where: { datasetId: id, status: { in: ['queued', 'running'] } },
        select: { id: true, status: true },
      });
      if (reader)
        throw new ConflictError('dataset-in-use', `the job ${reader.id} on the dataset ${id} is ${reader.status}`);
      await tx.dataset.delete({ where: { id } });
      await note('dataset.deleted', subject);
    });
  }

  /**
   * The parts in order, read one at a time; those that end before row `offset` are passed over.
   * Throws NotFoundError, also when the dataset is deleted while it is being read.
   */
  async *parts(id: string, { offset = 0 } = {}): AsyncGenerator<DatasetPart & { firstRow: number }> {
    const { rowCount } = await this.get(id);
    for (let row = offset; row < rowCount; ) {
      const { rows } = await this.pool.query<{ firstRow: string; rowCount: number; bytes: Buffer }>(
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

/** What a request may do with its owner's datasets. */
export type OwnDatasets = Pick<Datasets, 'create' | 'get' | 'list' | 'delete' | 'parts'>;

const jsonText = (value: object | null) => (value === null ? null : JSON.stringify(value));

/** As Prisma or PostgreSQL's own client gives it. */
type DatasetRow = Omit<Prisma.DatasetModel, 'owner' | 'rowCount' | 'byteCount'> &
  Readonly<Record<'rowCount' | 'byteCount', bigint | string>>;

function toDataset(row: DatasetRow): Dataset {
  return {
    id: row.id,
    name: row.name,
    rowCount: Number(row.rowCount),
    byteCount: Number(row.byteCount),
    columns: toColumns(row.columns),
    correlations: row.correlations === null ? null : toCorrelations(row.correlations),
    warnings: jsonStrings(row.warnings),
    createdAt: row.createdAt,
  };
}

function toColumns(value: Prisma.JsonValue): DatasetColumn[] {
  if (!Array.isArray(value)) throw new TypeError(`stored columns: expected an array, got ${JSON.stringify(value)}`);
  return value.map((column) => {
    // Columns that were stored before kinds had reasons lack them.
    const { name, kind, reason = '', ignored = false, missingCount, lower, upper, summary } = jsonObject(column);
    const knownKind = columnKinds.find((candidate) => candidate === kind);
    if (typeof name !== 'string' || knownKind === undefined || typeof missingCount !== 'number')
      throw new TypeError(`stored column: expected a name, a kind and missingCount, got ${JSON.stringify(column)}`);
    return {
      name,
      kind: knownKind,
      reason: String(reason),
      ignored: ignored === true,
      missingCount,
      ...(typeof lower === 'number' && { lower }),
      ...(typeof upper === 'number' && { upper }),
      summary: jsonObject(summary),
    };
  });
}

function toCorrelations(value: Prisma.JsonValue): StoredCorrelations {
  const { columns, values } = jsonObject(value);
  if (!Array.isArray(values)) throw new TypeError(`stored correlations: expected rows, got ${JSON.stringify(values)}`);
  return { columns: jsonStrings(columns), values: values.map(toNumbers) };
}

function toNumbers(row: unknown): (number | null)[] {
  if (!Array.isArray(row) || !row.every((value) => value === null || typeof value === 'number'))
    throw new TypeError(`stored correlations: expected numbers, got ${JSON.stringify(row)}`);
  return row;
}
