import type { Kind } from '../case.ts';
import { boundary, filePart, form, namePart } from '../targets.ts';
import { oneOf, withBody } from './make.ts';

const parts = [
  'Content-Disposition: form-data; name="columns"\r\n\r\n[{"name":"x","kind":"integer"}]',
  `Content-Disposition: form-data; name="columns"\r\n\r\n${'['.repeat(100_000)}`,
  'Content-Disposition: form-data; name="__proto__"\r\n\r\n1',
  'Content-Disposition: form-data; name="name"; filename="name"\r\n\r\n1',
  'Content-Disposition: form-data; name="file"\r\n\r\nx,y\n1,2\n',
  'Content-Disposition: form-data; name="file"; filename="../../etc/passwd.csv"\r\n\r\nx,y\n1,2\n',
  'Content-Disposition: form-data; name="file"; filename="a.csv.gz"\r\n\r\nx,y\n1,2\n',
  'Content-Disposition: form-data; name="file"; filename="a.parquet"\r\n\r\nPAR1',
  'Content-Disposition: form-data\r\n\r\n1',
  'Content-Type: text/csv\r\n\r\nx,y\n1,2\n',
  `Content-Disposition: form-data; name="${'n'.repeat(100_000)}"\r\n\r\n1`,
  `${'X-Many: 1\r\n'.repeat(5000)}\r\n1`,
  '\r\n',
  '',
];
const types = [
  'multipart/form-data',
  'multipart/form-data; boundary=',
  'multipart/form-data; boundary=other',
  `multipart/form-data; boundary=${'b'.repeat(300)}`,
  `multipart/mixed; boundary=${boundary}`,
];

/** Forms. */
export const formKinds: Readonly<Record<string, Kind>> = {
  'another boundary': (target, random) => withBody(target, target.good, [['content-type', oneOf(random, types)]]),
  'no end': (target) => withBody(target, target.good.subarray(0, -4 - boundary.length)),
  'no file': (target) => withBody(target, form([namePart])),
  'no parts': (target) => withBody(target, form([])),
  'parts of another kind': (target, random) =>
    withBody(
      target,
      form(Array.from({ length: 1 + random.below(4) }, () => oneOf(random, [...parts, namePart, filePart]))),
    ),
  'many parts': (target, random) =>
    withBody(target, form(Array(2000).fill(oneOf(random, [namePart, filePart, ...parts.slice(0, 3)])))),
};
