import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Pool } from 'pg';
import { type Actor, type AuditTrail, operator, type Subject } from './audit.ts';
import type { Prisma, PrismaClient } from './client/client.ts';
import { NotFoundError } from './errors.ts';
import { checkId, newId } from './ids.ts';
import { localOwner } from './owner.ts';
import { type Page, type PageRequest, pageQuery, toPage } from './page.ts';

/** What a key may be good for. `admin` includes all others, `write` includes `read`. */
export const scopes = ['read', 'write', 'metrics', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** Names of owners: they stand in logs and on command lines. */
export const ownerPattern = '^[A-Za-z0-9][A-Za-z0-9._@:+-]{0,99}$';

export interface ApiKey {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** To about a minute. */
  readonly lastUsedAt: Date | null;
}

export type NewApiKey = Pick<ApiKey, 'owner' | 'name' | 'scopes' | 'expiresAt'>;

/** Whose a good key is, and what it is good for. */
export type Bearer = Pick<ApiKey, 'id' | 'owner' | 'scopes'>;

/** How often at most the use of a key is written down. */
const noteSeconds = 60;

/** The keys that requests carry. Only their hashes are kept: whoever reads the database cannot use any. */
export class ApiKeys {
  readonly #prisma: PrismaClient;
  readonly #pool: Pool;
  readonly #audit: AuditTrail;

  constructor(prisma: PrismaClient, pool: Pool, audit: AuditTrail) {
    this.#prisma = prisma;
    this.#pool = pool;
    this.#audit = audit;
  }

  /** Makes a key; `secret`, which requests carry, can be had here and never again. */
  async create(actor: Actor, key: NewApiKey): Promise<{ key: ApiKey; secret: string }> {
    const secret = `pf_${randomBytes(32).toString('base64url')}`;
    const data = { ...key, scopes: [...key.scopes], id: newId(), hash: hashOf(secret) };
    const [created] = await this.#insert(actor, [data]);
    return { key: toApiKey(created), secret };
  }

  /** Makes admin keys of the operator out of given secrets; those that were ever known stay as they are, the revoked ones too. */
  async adopt(secrets: readonly string[]): Promise<void> {
    const data = secrets.map((secret) => ({
      ...{ id: newId(), owner: localOwner, name: 'API_KEYS', scopes: ['admin'] },
      hash: hashOf(secret),
    }));
    await this.#insert(operator, data);
  }

  /** Whether there was ever a key: from then on requests need one, be it that all are revoked. */
  async exist(): Promise<boolean> {
    const { rows } = await this.#pool.query<{ exist: boolean }>(`SELECT EXISTS (SELECT 1 FROM api_keys) AS exist`);
    return rows[0].exist;
  }

  /** Whose this secret is, and notes that it was used; undefined where it is unknown, expired or revoked. */
  async find(secret: string): Promise<Bearer | undefined> {
    const given = hashOf(secret);
    const { rows } = await this.#pool.query<FoundKey>(
      `SELECT id, owner, scopes, hash,
         last_used_at IS NULL OR last_used_at < now() - make_interval(secs => $2) AS "unnoted"
       FROM api_keys WHERE hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`,
      [given, noteSeconds],
    );
    const [found] = rows;
    if (!found || !timingSafeEqual(found.hash, given)) return undefined;
    const { id, owner } = found;
    if (found.unnoted) await this.#note(id);
    return { id, owner, scopes: toScopes(found.scopes) };
  }

  /** Newest first, of all owners. */
  async list(request: PageRequest): Promise<Page<ApiKey>> {
    return toPage(await this.#prisma.apiKey.findMany(pageQuery(request)), request, toApiKey);
  }

  /** From now on the key is good for nothing; nothing changes where it is revoked already. Throws NotFoundError. */
  async revoke(actor: Actor, id: string): Promise<void> {
    checkId('key', id);
    const isRevoked = await this.#audit.throughPool(actor, async (client, note) => {
      const { rows } = await client.query<Subject>(
        'UPDATE api_keys SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING id, owner, name',
        [id],
      );
      for (const key of rows) await note('key.revoked', key);
      return rows.length > 0;
    });
    if (isRevoked || (await this.#prisma.apiKey.findUnique({ where: { id } }))) return;
    throw new NotFoundError('key', id);
  }

  /** Those of the keys that are new. */
  async #insert(actor: Actor, data: Prisma.ApiKeyCreateManyInput[]): Promise<Prisma.ApiKeyModel[]> {
    return this.#audit.throughPrisma(actor, async (tx, note) => {
      const created = await tx.apiKey.createManyAndReturn({ data, skipDuplicates: true });
      for (const key of created) await note('key.created', key);
      return created;
    });
  }

  /** Where it cannot be written, as while the database only takes reads, the key is good all the same. */
  async #note(id: string): Promise<void> {
    await this.#pool.query('UPDATE api_keys SET last_used_at = now() WHERE id = $1', [id]).catch(() => {});
  }
}

interface FoundKey {
  readonly id: string;
  readonly owner: string;
  readonly scopes: readonly string[];
  readonly hash: Buffer;
  readonly unnoted: boolean;
}

/** A key has 256 random bits: nothing slower than a plain hash is called for. */
function hashOf(secret: string): Buffer<ArrayBuffer> {
  return Buffer.from(hash('sha256', secret, 'buffer'));
}

function toApiKey({ hash: _hash, ...row }: Prisma.ApiKeyModel): ApiKey {
  return { ...row, scopes: toScopes(row.scopes) };
}

/** Those that this version knows; another gives no rights here. */
function toScopes(stored: readonly string[]): Scope[] {
  return scopes.filter((scope) => stored.includes(scope));
}
