import type { Kind } from '../case.ts';
import { deepTexts, numbers } from './json.ts';
import { oneOf, randomBytes, withBody } from './make.ts';

const many = 100_000;
const row = (values: readonly string[]) => `${values.join(',')}\n`;
const names = [
  '__proto__',
  'constructor',
  'x',
  'X',
  '',
  ' x',
  'n'.repeat(100_000),
  '\u0001',
  '"',
  '\ufffd',
  "'; DROP TABLE",
  'x\r',
];

const csv: Readonly<Record<string, Kind>> = {
  'many columns': (target) => withBody(target, row(Array(many).fill('1')).repeat(2)),
  'a quote that is never closed': (target, random) =>
    withBody(target, `${target.good}"${oneOf(random, ['', '1,2\n'.repeat(many), '""'.repeat(many)])}`),
  'names of another kind': (target, random) =>
    withBody(target, `${row([oneOf(random, names), oneOf(random, names)])}1,2\n3,4\n`),
  'numbers of another kind': (target, random) =>
    withBody(target, `x,y\n${Array.from({ length: 30 }, () => row([oneOf(random, numbers), '1'])).join('')}`),
  NULs: (target, random) => withBody(target, `x,y\n${random.below(100)},\0\n1,2\n`),
  'ragged rows': (target, random) =>
    withBody(target, `x,y\n${Array.from({ length: 30 }, () => row(Array(random.below(5)).fill('1'))).join('')}`),
  'line ends of another kind': (target, random) =>
    withBody(
      target,
      target.good.toString().replaceAll('\n', oneOf(random, ['\r', '\r\n', '\n\r', '\u2028', '\n\n\n'])),
    ),
  'a long line': (target) => withBody(target, `x,y\n${'1'.repeat(9 * 2 ** 20)},2\n`),
};

const ndjson: Readonly<Record<string, Kind>> = {
  depth: (target, random) => withBody(target, `${target.good}${oneOf(random, deepTexts)()}\n`),
  'depth in a cell': (target, random) => withBody(target, `${target.good}{"x":${oneOf(random, deepTexts)()},"y":1}\n`),
  'numbers of another kind': (target, random) =>
    withBody(target, `${target.good}{"x":${oneOf(random, numbers)},"y":1}\n`),
  'keys of another kind': (target, random) =>
    withBody(target, `{${JSON.stringify(oneOf(random, names))}:1,"y":2}\n${target.good}`),
  'a key of prototypes': (target) => withBody(target, `{"__proto__":{"polluted":true},"x":1,"y":2}\n`.repeat(3)),
  'a key twice': (target) => withBody(target, `{"x":1,"x":2,"y":2}\n`.repeat(3)),
  'arrays and objects': (target) => withBody(target, `${target.good}[1,2]\n`),
  'many columns': (target) => withBody(target, `[${'1,'.repeat(many)}1]\n`.repeat(2)),
  'values of another kind': (target, random) =>
    withBody(
      target,
      `${target.good}${oneOf(random, ['1', 'null', '"x"', '[[1],[2]]', '{"x":{},"y":[]}', '[]', '{}'])}\n`,
    ),
};

const lengthBytes = 8;
const parquet: Readonly<Record<string, Kind>> = {
  'a damaged footer': (target, random) => {
    const body = Buffer.from(target.good);
    const footer = body.readUInt32LE(body.length - lengthBytes);
    for (let change = random.below(4); change >= 0; change--)
      body[body.length - lengthBytes - 1 - random.below(footer)] = random.below(256);
    return withBody(target, body);
  },
  'a damaged page': (target, random) => {
    const body = Buffer.from(target.good);
    const pages = body.length - lengthBytes - body.readUInt32LE(body.length - lengthBytes);
    for (let change = random.below(4); change >= 0; change--) body[4 + random.below(pages - 4)] = random.below(256);
    return withBody(target, body);
  },
  'another length of the footer': (target, random) => {
    const body = Buffer.from(target.good);
    body.writeUInt32LE(
      oneOf(random, [0, 1, 2 ** 31, 2 ** 32 - 1, body.length, random.below(body.length)]),
      body.length - lengthBytes,
    );
    return withBody(target, body);
  },
  'marks around nothing': (target, random) =>
    withBody(target, Buffer.concat([Buffer.from('PAR1'), randomBytes(random, random.below(200)), Buffer.from('PAR1')])),
};

/** Tables in each media type. */
export const tableKinds: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  'text/csv': csv,
  'application/x-ndjson': ndjson,
  'application/vnd.apache.parquet': parquet,
};
