import { type Static, Type } from 'typebox';
import packageJson from '../../../package.json' with { type: 'json' };

/*
 * A backup is a gzipped tar of
 *   manifest.json       what it is: the Manifest
 *   tables/NAME/NUMBER  each table in the manifest's order, as COPY in its binary format gives it, cut into pieces
 *   checksums.json      what was written of each table: the Checksums
 */

export const formatVersion = 1;

/** This program's version, by which a backup names its maker. */
export const productVersion: string = packageJson.version;

export const manifestName = 'manifest.json';
export const checksumsName = 'checksums.json';
export const pieceName = (table: string, number: number) => `tables/${table}/${String(number).padStart(8, '0')}`;
export const isPieceOf = (table: string, name: string) => name.startsWith(`tables/${table}/`);

/** In bytes; tar has to know the size of a piece before it, so that one is held in memory. */
export const pieceSize = 4 * 2 ** 20;

const exact = { additionalProperties: false };

/** The part of the manifest that every format has. */
export const Origin = Type.Object({
  format: Type.Literal('pushforward-backup'),
  formatVersion: Type.Integer({ minimum: 1 }),
  version: Type.String(),
});

export const Manifest = Type.Object(
  {
    ...Origin.properties,
    createdAt: Type.String(),
    migrations: Type.Array(Type.Object({ name: Type.String(), checksum: Type.String() }, exact)),
    tables: Type.Array(Type.Object({ name: Type.String(), columns: Type.Array(Type.String()) }, exact)),
  },
  exact,
);
export type Manifest = Static<typeof Manifest>;

const TableChecksum = Type.Object(
  { rows: Type.Integer({ minimum: 0 }), bytes: Type.Integer({ minimum: 0 }), sha256: Type.String() },
  exact,
);
export type TableChecksum = Static<typeof TableChecksum>;

export const Checksums = Type.Record(Type.String(), TableChecksum);
export type Checksums = Static<typeof Checksums>;
