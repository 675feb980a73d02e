import { authorization } from './key.ts';
import { ApiError, errorOf } from './problem.ts';
import type { Dataset } from './types.ts';

interface Upload {
  readonly file: File;
  readonly name: string;
  /** The part of the file that is sent, from 0 to 1: at 1 the service still reads it. */
  onProgress(sent: number): void;
}

/** Stores a table. By XMLHttpRequest: fetch does not tell how far it is. Throws ApiError. */
export function upload({ file, name, onProgress }: Upload): Promise<Dataset> {
  const form = new FormData();
  form.append('name', name);
  form.append('file', file);
  const request = new XMLHttpRequest();
  const { promise, resolve, reject } = Promise.withResolvers<Dataset>();
  request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
  request.onload = () => {
    const { status, response } = request;
    if (status === 201) resolve(response);
    else reject(errorOf(status, response, request.getResponseHeader('retry-after')));
  };
  request.onerror = () => reject(new ApiError('The connection to the service broke.'));
  request.open('POST', '/v1/datasets');
  request.responseType = 'json';
  for (const [header, value] of Object.entries(authorization())) request.setRequestHeader(header, value);
  request.send(form);
  return promise;
}
