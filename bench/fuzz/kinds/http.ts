import type { Kind } from '../case.ts';
import { head, type Wire } from '../exchange.ts';
import { headersOf, oneOf, withBody } from './make.ts';

const raw = (bytes: Buffer, ending: Wire['ending'] = 'end'): Wire => ({ bytes, ending });

const paths = [
  '/v1/models/x',
  '/v1/models/%00',
  '/v1/models/..%2f..',
  '/%zz',
  '//',
  '/v1/datasets/',
  `/${'a'.repeat(5000)}`,
];
const queries = [
  'format=xml',
  'format=csv&format=json',
  '__proto__=1&constructor=2',
  'a[b]=c',
  '%00',
  'seed=1e999',
  `name=${'n'.repeat(10_000)}`,
  'columns=[[[[',
  'columns=%7B%22__proto__%22%3A1%7D',
  '&&&===',
  'strict=maybe',
];
const mediaTypes = [
  '',
  'text/csv',
  'text/plain',
  'application/json',
  'application/x-ndjson',
  'multipart/form-data',
  'a',
  '*/*',
  ';',
];
/** The last of these has a header of its own in what should have been a value. */
const values = [
  'a'.repeat(300),
  '',
  ' ',
  '\u00e9\u00ff',
  '\t',
  'a\r\nx-injected: 1',
  'a\nb',
  'a\0b',
  'a'.repeat(100_000),
];
const names = [
  'idempotency-key',
  'accept',
  'expect',
  'if-none-match',
  'transfer-encoding',
  'upgrade',
  'x-forwarded-for',
  'a b',
  '',
];

/** Requests that are wrong around the body. */
export const httpKinds: Readonly<Record<string, Kind>> = {
  'a body that is shorter than said': (target, random) =>
    raw(
      Buffer.concat([
        head(target.method, target.path, [...headersOf(target), ['content-length', '9999']]),
        target.good,
      ]),
      oneOf(random, ['end', 'leave']),
    ),
  'a body that is longer than said': (target, random) => {
    const length = String(random.below(target.good.length));
    return raw(
      Buffer.concat([
        head(target.method, target.path, [...headersOf(target), ['content-length', length]]),
        target.good,
      ]),
      'wait',
    );
  },
  'a length that is none': (target, random) => {
    const length = oneOf(random, ['-1', '1e3', '0x10', '99999999999999999999', '', '5, 5', '+5']);
    return raw(
      Buffer.concat([
        head(target.method, target.path, [...headersOf(target), ['content-length', length]]),
        target.good,
      ]),
    );
  },
  'chunks that break off': (target, random) => {
    const chunked = head(target.method, target.path, [...headersOf(target), ['transfer-encoding', 'chunked']]);
    const chunk = Buffer.concat([Buffer.from(`${target.good.length.toString(16)}\r\n`), target.good]);
    const sent = chunk.subarray(0, 1 + random.below(chunk.length));
    return raw(Buffer.concat([chunked, sent]), oneOf(random, ['end', 'leave']));
  },
  'chunks that are none': (target, random) => {
    const chunked = head(target.method, target.path, [...headersOf(target), ['transfer-encoding', 'chunked']]);
    return raw(
      Buffer.concat([
        chunked,
        Buffer.from(oneOf(random, ['zz\r\n', '-1\r\n', 'ffffffffffffffff\r\n', '\r\n'])),
        target.good,
      ]),
    );
  },
  'length and chunks': (target) => {
    const both = head(target.method, target.path, [
      ...headersOf(target),
      ['content-length', '5'],
      ['transfer-encoding', 'chunked'],
    ]);
    return raw(Buffer.concat([both, Buffer.from('5\r\nx,y\n1\r\n0\r\n\r\n')]));
  },
  'in small pieces': (target) => {
    const chunked = head(target.method, target.path, [...headersOf(target), ['transfer-encoding', 'chunked']]);
    const pieces = Array.from(target.good.subarray(0, 3000), (byte) =>
      Buffer.from([0x31, 0x0d, 0x0a, byte, 0x0d, 0x0a]),
    );
    return raw(Buffer.concat([chunked, ...pieces, Buffer.from('0\r\n\r\n')]), 'wait');
  },
  'a header of another kind': (target, random) =>
    raw(withBody(target, target.good, [[oneOf(random, names), oneOf(random, values)]]).bytes),
  'a media type of another kind': (target, random) =>
    withBody(target, target.good, [['content-type', oneOf(random, mediaTypes)]]),
  'no media type': (target) => {
    const length = String(target.good.length);
    return raw(Buffer.concat([head(target.method, target.path, [['content-length', length]]), target.good]), 'wait');
  },
  'a query of another kind': (target, random) =>
    withBody({ ...target, path: `${target.path}?${oneOf(random, queries)}` }, target.good),
  'a path of another kind': (target, random) => withBody({ ...target, path: oneOf(random, paths) }, target.good),
  'a method of another kind': (target, random) =>
    withBody(
      { ...target, method: oneOf(random, ['PUT', 'PATCH', 'TRACE', 'OPTIONS', 'PROPFIND', 'QUERY']) },
      target.good,
    ),
  'no HTTP': (target, random) =>
    raw(
      Buffer.from(
        oneOf(random, ['\r\n\r\n', 'GET\r\n\r\n', '\x16\x03\x01\x02', `FOO ${target.path} HTTP/9.9\r\n\r\n`]),
      ),
    ),
};
