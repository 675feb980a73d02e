import { authorization } from './key.ts';
import { ApiError, errorOf, toApiError } from './problem.ts';
import type { ColumnOptions, CsvOptions, Dataset, Inspection } from './types.ts';

/** A file, and what its user says of it. */
export interface GivenTable {
  readonly file: File;
  readonly name?: string;
  /** Of the columns that there is something to say of. */
  readonly columns: readonly ColumnOptions[];
  readonly csv: CsvOptions;
}

interface Upload extends GivenTable {
  /** The part of the file that is sent, from 0 to 1: at 1 the service still reads it. */
  onProgress(sent: number): void;
}

/** Stores a table. By XMLHttpRequest: fetch does not tell how far it is. Throws ApiError. */
export function upload({ onProgress, ...table }: Upload): Promise<Dataset> {
  const request = new XMLHttpRequest();
  const { promise, resolve, reject } = Promise.withResolvers<Dataset>();
  request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
  request.onload = () => {
    const { status, response } = request;
    if (status === 201) resolve(response);
    else reject(errorOf(status, response, request.getResponseHeader('retry-after')));
  };
  request.onerror = () => reject(new ApiError('The connection to the service broke.'));
  request.open('POST', `/v1/datasets${queryOf(table)}`);
  request.responseType = 'json';
  for (const [header, value] of Object.entries(authorization())) request.setRequestHeader(header, value);
  request.send(formOf(table));
  return promise;
}

/** Asks what a table would become. Throws ApiError. */
export async function inspect(table: GivenTable, signal: AbortSignal): Promise<Inspection> {
  const request = { method: 'POST', headers: authorization(), body: formOf(table), signal };
  const response = await fetch(`/v1/datasets/inspect${queryOf(table)}`, request).catch((error) => {
    throw toApiError(error);
  });
  const body = await response.json().catch(() => undefined);
  if (!response.ok) throw errorOf(response.status, body, response.headers.get('retry-after'));
  return body;
}

function formOf({ file, name, columns }: GivenTable): FormData {
  const form = new FormData();
  if (name !== undefined) form.append('name', name);
  if (columns.length > 0) form.append('columns', JSON.stringify(columns));
  form.append('file', file);
  return form;
}

function queryOf({ csv }: GivenTable): string {
  const said = Object.entries(csv).filter(([, value]) => value !== undefined);
  return said.length === 0 ? '' : `?${new URLSearchParams(said.map(([name, value]) => [name, String(value)]))}`;
}
