import type { Pool } from 'pg';
import { NotFoundError } from './errors.ts';
import { type JsonObject, jsonObject } from './json.ts';
import { transaction } from './transaction.ts';

/** A model that scores besides the one that an alias stands for, and how the two compare. */
export interface Shadow {
  readonly modelId: string;
  /** Of the rows, those that are scored by both. */
  readonly share: number;
  /** What the alias stands for. */
  readonly productionId: string;
  /** From when on they are compared: since either of them is what it is. */
  readonly startedAt: Date;
  readonly comparison: JsonObject;
}

/** Whose comparison it is: when one of them is another, it is another. */
export interface Compared {
  readonly aliasId: string;
  readonly productionId: string;
  readonly modelId: string;
}

/** The comparisons of all owners' aliases with their shadows. */
export class Shadows {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Throws NotFoundError where nothing shadows the alias. */
  async get({ id, name }: { id: string; name: string }): Promise<Shadow> {
    const { rows } = await this.#pool.query<Shadow>(
      `SELECT model_id AS "modelId", share, production_id AS "productionId", started_at AS "startedAt", comparison
       FROM alias_shadows WHERE alias_id = $1`,
      [id],
    );
    const [shadow] = rows;
    if (!shadow) throw new NotFoundError('shadow', name);
    return { ...shadow, comparison: jsonObject(shadow.comparison) };
  }

  /** Changes a comparison, one process after another; does nothing where it is over. */
  async add(compared: Compared, change: (comparison: JsonObject) => object): Promise<void> {
    const of = [compared.aliasId, compared.productionId, compared.modelId];
    const which = 'alias_id = $1 AND production_id = $2 AND model_id = $3';
    await transaction(this.#pool, async (client) => {
      const { rows } = await client.query<{ comparison: unknown }>(
        `SELECT comparison FROM alias_shadows WHERE ${which} FOR UPDATE`,
        of,
      );
      for (const { comparison } of rows)
        await client.query(`UPDATE alias_shadows SET comparison = $4 WHERE ${which}`, [
          ...of,
          JSON.stringify(change(jsonObject(comparison))),
        ]);
    });
  }
}
