import type { Pool, PoolClient } from 'pg';
import type { Actor, AuditTrail, Note } from './audit.ts';
import { ConflictError, NotFoundError, PreconditionError } from './errors.ts';
import { checkId, newId } from './ids.ts';
import { type Page, type PageRequest, toPage } from './page.ts';

/** A name that stands for a model, and moves from one to another. */
export interface Alias {
  readonly id: string;
  readonly name: string;
  readonly modelId: string;
  /** Rises with each change. */
  readonly revision: number;
  readonly createdAt: Date;
  /** The model that scores besides, if there is one, and what share of the rows. */
  readonly shadow: { readonly modelId: string; readonly share: number } | null;
  /** The models that it has stood for, newest first, the present one included; of a long history only the newest. */
  readonly history: readonly AliasMove[];
}

export interface AliasMove {
  /** It may have been deleted since. */
  readonly modelId: string;
  readonly modelName: string;
  readonly modelVersion: number;
  /** Whose key it was done with. */
  readonly actor: string;
  readonly at: Date;
}

/** What a request by an alias is answered with. */
export type AliasTarget = Pick<Alias, 'id' | 'modelId' | 'shadow'>;

/** Whether an alias may be changed that has this revision now; undefined where there is none. */
export type Expected = (revision: number | undefined) => boolean;

const keptMoves = 100;

/** The aliases of one owner, which point to its own ready models; another's are as if they were not there. */
export class Aliases {
  readonly #pool: Pool;
  readonly #audit: AuditTrail;
  readonly #actor: Actor;
  readonly #owner: string;

  constructor(pool: Pool, audit: AuditTrail, actor: Actor) {
    this.#pool = pool;
    this.#audit = audit;
    this.#actor = actor;
    this.#owner = actor.owner;
  }

  /** Throws NotFoundError. */
  async get(name: string): Promise<Alias> {
    const { rows } = await this.#pool.query<Row>(`${selectAliases} AND name = $2`, [this.#owner, name]);
    const [row] = rows;
    if (!row) throw new NotFoundError('alias', name);
    return toAlias(row);
  }

  /** Newest first. */
  async list(request: PageRequest): Promise<Page<Alias>> {
    const { rows } = await this.#pool.query<Row>(
      `${selectAliases} AND ($2::uuid IS NULL OR id < $2::uuid) ORDER BY id DESC LIMIT $3`,
      [this.#owner, request.cursor ?? null, request.limit + 1],
    );
    return toPage(rows, request, toAlias);
  }

  /** What an alias stands for now. Throws NotFoundError. */
  async target(name: string): Promise<AliasTarget> {
    const { rows } = await this.#pool.query<AliasTarget>(
      `SELECT id, model_id AS "modelId", ${shadow} FROM aliases WHERE owner = $1 AND name = $2`,
      [this.#owner, name],
    );
    const [target] = rows;
    if (!target) throw new NotFoundError('alias', name);
    return target;
  }

  /**
   * Makes an alias stand for a ready model, from one moment to the next; nothing changes where it does already. Whether it is new.
   * Throws NotFoundError where there is no such model, ConflictError where it is not ready, and PreconditionError.
   */
  async move(name: string, modelId: string, expected: Expected = () => true): Promise<{ isNew: boolean }> {
    checkId('model', modelId);
    return this.#audit.throughPool(this.#actor, async (client, note) => {
      const to = await readyModel(client, this.#owner, modelId);
      for (;;) {
        const alias = await this.#locked(client, name, expected);
        if (alias) {
          const isMoved = alias.modelId !== modelId;
          if (isMoved) await this.#moved(client, alias, { to, previous: alias.move }, note);
          return { isNew: false };
        }
        const id = newId();
        const { rowCount } = await client.query(
          'INSERT INTO aliases (id, owner, name, model_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
          [id, this.#owner, name, modelId],
        );
        // Another request has just made it: then it is there to be moved.
        if (rowCount !== 1) continue;
        await this.#moved(client, { id, name, modelId, move: 0, revision: 0 }, { to, previous: null }, note);
        return { isNew: true };
      }
    });
  }

  /**
   * Makes an alias stand again for the model from which it came to the present one; again, for the one before that. Models that
   * were deleted are passed over. Throws NotFoundError, ConflictError where there is none, and PreconditionError.
   */
  async rollBack(name: string, expected: Expected = () => true): Promise<void> {
    await this.#audit.throughPool(this.#actor, async (client, note) => {
      const alias = await this.#locked(client, name, expected);
      if (!alias) throw new NotFoundError('alias', name);
      const { rows } = await client.query<VersionedModel & { previous: number | null }>(earlierModels, [
        alias.id,
        alias.move,
        alias.modelId,
      ]);
      const [found] = rows;
      if (!found)
        throw new ConflictError('no-earlier-model', `the alias ${name} came from no other model that is still there`);
      await this.#moved(client, alias, { to: found, previous: found.previous }, note);
    });
  }

  /** Throws NotFoundError and PreconditionError. */
  async delete(name: string, expected: Expected = () => true): Promise<void> {
    await this.#audit.throughPool(this.#actor, async (client, note) => {
      const alias = await this.#locked(client, name, expected);
      if (!alias) throw new NotFoundError('alias', name);
      await client.query('DELETE FROM aliases WHERE id = $1', [alias.id]);
      await note('alias.deleted', { ...alias, owner: this.#owner });
    });
  }

  /**
   * Has a share of the rows that are scored by an alias scored by another ready model, too. Their comparison begins anew if that
   * is another than before.
   * Throws NotFoundError, ConflictError where the model is not ready or the alias's own, and PreconditionError.
   */
  async shadow(name: string, by: { modelId: string; share: number }, expected: Expected = () => true): Promise<void> {
    checkId('model', by.modelId);
    await this.#audit.throughPool(this.#actor, async (client, note) => {
      await readyModel(client, this.#owner, by.modelId);
      const alias = await this.#changed(client, name, expected);
      if (alias.modelId === by.modelId)
        throw new ConflictError('same-model', `the alias ${name} stands for the model ${by.modelId} itself`);
      await client.query(
        `INSERT INTO alias_shadows AS s (alias_id, model_id, share, production_id, comparison) VALUES ($1, $2, $3, $4, '{}')
         ON CONFLICT (alias_id) DO UPDATE SET model_id = excluded.model_id, share = excluded.share,
           started_at = CASE WHEN s.model_id = excluded.model_id THEN s.started_at ELSE now() END,
           comparison = CASE WHEN s.model_id = excluded.model_id THEN s.comparison ELSE '{}' END`,
        [alias.id, by.modelId, by.share, alias.modelId],
      );
      await note('alias.shadowed', { ...alias, owner: this.#owner }, by);
    });
  }

  /** Throws NotFoundError and PreconditionError. */
  async unshadow(name: string, expected: Expected = () => true): Promise<void> {
    await this.#audit.throughPool(this.#actor, async (client, note) => {
      const alias = await this.#changed(client, name, expected);
      const { rowCount } = await client.query('DELETE FROM alias_shadows WHERE alias_id = $1', [alias.id]);
      if (rowCount !== 1) throw new NotFoundError('shadow', name);
      await note('alias.unshadowed', { ...alias, owner: this.#owner });
    });
  }

  /** As `#locked`, of an alias that is there and has another revision from now on. Throws NotFoundError. */
  async #changed(client: PoolClient, name: string, expected: Expected): Promise<LockedAlias> {
    const alias = await this.#locked(client, name, expected);
    if (!alias) throw new NotFoundError('alias', name);
    await client.query('UPDATE aliases SET revision = revision + 1 WHERE id = $1', [alias.id]);
    return alias;
  }

  /** An alias that nobody else can change until the transaction ends; undefined where there is none. */
  async #locked(client: PoolClient, name: string, expected: Expected): Promise<LockedAlias | undefined> {
    const { rows } = await client.query<LockedAlias>(
      `SELECT id, name, model_id AS "modelId", move, revision FROM aliases WHERE owner = $1 AND name = $2 FOR UPDATE`,
      [this.#owner, name],
    );
    const alias = rows.at(0);
    if (!expected(alias?.revision)) throw new PreconditionError(name, alias?.revision);
    return alias;
  }

  async #moved(
    client: PoolClient,
    { id, name, move }: LockedAlias,
    { to, previous }: { to: VersionedModel; previous: number | null },
    note: Note,
  ): Promise<void> {
    await client.query('UPDATE aliases SET model_id = $2, move = move + 1, revision = revision + 1 WHERE id = $1', [
      id,
      to.id,
    ]);
    await client.query(
      `INSERT INTO alias_moves (alias_id, sequence, model_id, model_name, model_version, previous, actor)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [id, move + 1, to.id, to.name, to.version, previous, this.#actor.owner],
    );
    // What stands for itself needs no shadow; else what is compared is another from now on.
    await client.query('DELETE FROM alias_shadows WHERE alias_id = $1 AND model_id = $2', [id, to.id]);
    await client.query(
      `UPDATE alias_shadows SET production_id = $2, started_at = now(), comparison = '{}' WHERE alias_id = $1`,
      [id, to.id],
    );
    const action = move === 0 ? 'alias.created' : 'alias.moved';
    await note(action, { id, name, owner: this.#owner }, { modelId: to.id });
  }
}

/** What a request may do with its owner's aliases. */
export type OwnAliases = Pick<Aliases, keyof Aliases>;

/** The aliases that stand for a model, or have it for a shadow: while there are any, it cannot be deleted. */
export async function aliasesOf(client: PoolClient, modelId: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM aliases WHERE model_id = $1
     UNION SELECT name FROM aliases JOIN alias_shadows s ON s.alias_id = aliases.id WHERE s.model_id = $1 ORDER BY name`,
    [modelId],
  );
  return rows.map(({ name }) => name);
}

interface Row extends Omit<Alias, 'history'> {
  readonly history: readonly (Omit<AliasMove, 'at'> & { readonly at: string })[];
}

interface LockedAlias {
  readonly id: string;
  readonly name: string;
  readonly modelId: string;
  /** The sequence number of its newest move. */
  readonly move: number;
  readonly revision: number;
}

interface VersionedModel {
  readonly id: string;
  readonly name: string;
  readonly version: number;
}

const shadow = `
  (SELECT json_build_object('modelId', s.model_id, 'share', s.share) FROM alias_shadows s WHERE alias_id = aliases.id) AS shadow`;

const selectAliases = `
  SELECT id, name, model_id AS "modelId", revision, created_at AS "createdAt", ${shadow},
    (SELECT json_agg(moves) FROM
      (SELECT model_id AS "modelId", model_name AS "modelName", model_version AS "modelVersion", actor, at
       FROM alias_moves WHERE alias_id = aliases.id ORDER BY sequence DESC LIMIT ${keptMoves}) moves) AS history
  FROM aliases WHERE owner = $1`;

/** From a move of an alias back along those that it came from, to the nearest whose model is there and another than the present. */
const earlierModels = `
  WITH RECURSIVE back AS (
    SELECT earlier.* FROM alias_moves now JOIN alias_moves earlier
      ON earlier.alias_id = now.alias_id AND earlier.sequence = now.previous
    WHERE now.alias_id = $1 AND now.sequence = $2
    UNION ALL
    SELECT earlier.* FROM back JOIN alias_moves earlier
      ON earlier.alias_id = back.alias_id AND earlier.sequence = back.previous
  )
  SELECT models.id, models.name, models.version, back.previous FROM back JOIN models ON models.id = back.model_id
  WHERE models.id <> $3 ORDER BY back.sequence DESC LIMIT 1 FOR KEY SHARE OF models`;

const toAlias = ({ history, ...row }: Row): Alias => ({
  ...row,
  history: history.map(({ at, ...move }) => ({ ...move, at: new Date(at) })),
});

/** A model that is not deleted until the transaction ends. */
async function readyModel(client: PoolClient, owner: string, id: string): Promise<VersionedModel> {
  const { rows } = await client.query<VersionedModel & { status: string }>(
    'SELECT id, name, version, status FROM models WHERE id = $1 AND owner = $2 FOR KEY SHARE',
    [id, owner],
  );
  const [model] = rows;
  if (!model) throw new NotFoundError('model', id);
  if (model.status === 'ready') return model;
  throw new ConflictError('model-not-ready', `the model ${id} is ${model.status}, not ready`);
}
