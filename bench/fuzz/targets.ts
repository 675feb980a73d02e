import type { Seeds } from '../seeds.ts';

/** A way to send a body: an operation of the OpenAPI document and one of the media types that it takes. */
export interface Target {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly mediaType: string;
  /** A body that is taken, and the headers that it needs. */
  readonly good: Buffer;
  readonly headers: readonly Header[];
}

export type Header = readonly [name: string, value: string];

interface Content {
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

interface Operation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
}

/** As much of an OpenAPI document as is used. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Every body of every operation. Throws where there is none that is known to be good, so that no route is forgotten. */
export function targetsOf({ paths }: ApiDocument, seeds: Seeds): Target[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { operationId, requestBody }]) =>
      Object.entries(requestBody?.content ?? {}).map(([mediaType, content]) => {
        const target = {
          name: `${operationId} ${mediaType}`,
          method: method.toUpperCase(),
          path: path.replace('{id}', seeds.model).replace('{name}', 'production').replace('{version}', '1'),
          ...(goodBinary(mediaType, seeds) ?? {
            mediaType,
            headers: [],
            good: goodExample(operationId, content, seeds),
          }),
        };
        return { ...target, headers: [seeds.credentials, ...target.headers] };
      }),
    ),
  );
}

function goodExample(operation: string, { example, examples = {} }: Content, { dataset, model }: Seeds): Buffer {
  const value = example ?? Object.values(examples)[0]?.value;
  if (value === undefined) throw new Error(`${operation}: the document has no example of a body`);
  if (typeof value === 'string') return Buffer.from(value);
  const ids = Object.entries({ datasetId: dataset, modelId: model }).filter(([key]) => key in Object(value));
  return Buffer.from(JSON.stringify(ids.length > 0 ? { ...Object(value), ...Object.fromEntries(ids) } : value));
}

function goodBinary(mediaType: string, { parquet }: Seeds): Pick<Target, 'mediaType' | 'headers' | 'good'> | undefined {
  switch (mediaType) {
    case 'application/vnd.apache.parquet':
      return { mediaType, headers: [], good: parquet };
    case 'application/octet-stream':
      return { mediaType, ...tensorBody({ shape: [2, 2], datatype: 'FP64' }, Buffer.alloc(32)) };
    case 'multipart/form-data':
      return { mediaType: `${mediaType}; boundary=${boundary}`, headers: [], good: form([namePart, filePart]) };
    default:
      return undefined;
  }
}

export const boundary = 'a-boundary';
export const namePart = 'Content-Disposition: form-data; name="name"\r\n\r\npoints';
export const filePart =
  'Content-Disposition: form-data; name="file"; filename="points.csv"\r\nContent-Type: text/csv\r\n\r\nx,y\n1,2\n3,4\n';

export function form(parts: readonly string[]): Buffer {
  return Buffer.from(`${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n`);
}

/** A request of the Open Inference Protocol with one binary tensor. */
export function tensorBody(input: object, data: Buffer, parameters: object = { binary_data_size: data.length }) {
  const json = Buffer.from(JSON.stringify({ inputs: [{ name: 'rows', ...input, parameters }] }));
  const headers: Header[] = [['inference-header-content-length', String(json.length)]];
  return { headers, good: Buffer.concat([json, data]) };
}
