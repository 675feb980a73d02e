import { pipeline } from 'node:stream/promises';
import { type ClientBase, escapeIdentifier } from 'pg';
import { type CopyToStreamQuery, from, to } from 'pg-copy-streams';
import type { KeptTable } from './tables.ts';

/** The table's rows in PostgreSQL's binary format. Its `rowCount` is known when the next query is answered. */
export function copyOut(client: ClientBase, table: KeptTable): CopyToStreamQuery {
  return client.query(to(`COPY ${target(table)} TO STDOUT (FORMAT binary)`));
}

/** Adds the rows that `data` is of; how many they are. */
export async function copyIn(client: ClientBase, table: KeptTable, data: AsyncIterable<Buffer>): Promise<number> {
  const copy = client.query(from(`COPY ${target(table)} FROM STDIN (FORMAT binary)`));
  await pipeline(data, copy);
  return copy.rowCount;
}

const target = ({ name, columns }: KeptTable) =>
  `${escapeIdentifier(name)} (${columns.map((column) => escapeIdentifier(column)).join(', ')})`;
