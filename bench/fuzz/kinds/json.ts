import type { RandomStream } from '../../../src/flow/random/stream.ts';
import type { Kind } from '../case.ts';
import type { Target } from '../targets.ts';
import { oneOf, withBody } from './make.ts';

const depth = 100_000;
const deep = (open: string, close: string, inside = '1') => `${open.repeat(depth)}${inside}${close.repeat(depth)}`;
export const deepTexts = [
  () => deep('[', ']'),
  () => deep('{"a":', '}'),
  () => '['.repeat(depth),
  () => '{"a":'.repeat(depth),
  () => deep('[{"layers":', '}]', '[]'),
];

export const numbers = [
  '1e999',
  '-1e999',
  `1${'0'.repeat(400)}`,
  `0.${'0'.repeat(400)}1`,
  '-0',
  'NaN',
  '-Infinity',
  '1e-999',
  '9007199254740993',
  '4294967296',
  '-1',
  '0x10',
  '1_000',
  '01',
  '.5',
  '1.5',
  '"NaN"',
];

const values = [
  'null',
  'true',
  '""',
  '[]',
  '{}',
  '[null]',
  '[[]]',
  '[{}]',
  '{"type":"coupling"}',
  '{"repeat":1000000000,"layers":[{"type":"planar"}]}',
  '{"layers":[{"repeat":1000,"layers":[{"repeat":1000,"layers":[{"repeat":1000,"layers":[{"type":"planar"}]}]}]}]}',
  '{"layers":[{"type":"coupling","hidden":[1000000000]}]}',
  '{"layers":[{"type":"__proto__"}]}',
  '"__proto__"',
  '"constructor"',
  '"\\ud800"',
  '"\\u0000"',
  '"a\\nb"',
];

const pollutions = [
  '"__proto__":{"polluted":true}',
  '"constructor":{"prototype":{"polluted":true}}',
  '"__proto__":null',
  '"toString":1',
  '"hasOwnProperty":{"a":1}',
  '"":0',
];

const placeholder = 'placeholder-of-a-value';

/** The text of a good body with another text in place of one of its values. */
export function replaced({ good }: Target, random: RandomStream, text: string): string {
  const body: unknown = JSON.parse(good.toString());
  const places: { holder: object; key: string }[] = [];
  const collect = (holder: object) => {
    for (const [key, value] of Object.entries(holder)) {
      places.push({ holder, key });
      if (typeof value === 'object' && value !== null) collect(value);
    }
  };
  collect(Object(body));
  const { holder, key } = oneOf(random, places);
  Reflect.set(holder, key, placeholder);
  return JSON.stringify(body).replace(`"${placeholder}"`, () => text);
}

/** A good body with more at the start of one of its objects. */
function withMember({ good }: Target, random: RandomStream, member: string): string {
  const text = good.toString();
  const objects = [...text.matchAll(/\{(?=")/g)].map(({ index }) => index + 1);
  const at = oneOf(random, objects);
  return `${text.slice(0, at)}${member},${text.slice(at)}`;
}

/** Bodies that are JSON, or nearly. */
export const jsonKinds: Readonly<Record<string, Kind>> = {
  'nothing but depth': (target, random) => withBody(target, oneOf(random, deepTexts)()),
  'depth in a value': (target, random) => withBody(target, replaced(target, random, oneOf(random, deepTexts)())),
  'another number': (target, random) => withBody(target, replaced(target, random, oneOf(random, numbers))),
  'another value': (target, random) => withBody(target, replaced(target, random, oneOf(random, values))),
  'a long text': (target, random) => withBody(target, replaced(target, random, `"${'n'.repeat(500_000)}"`)),
  'a long key': (target, random) => withBody(target, withMember(target, random, `"${'k'.repeat(500_000)}":1`)),
  'a key twice': (target, random) => {
    const keys = Object.keys(Object(JSON.parse(target.good.toString())));
    return withBody(target, withMember(target, random, `"${oneOf(random, keys)}":${oneOf(random, values)}`));
  },
  'a key of prototypes': (target, random) => withBody(target, withMember(target, random, oneOf(random, pollutions))),
  'many keys': (target, random) => {
    const members = Array.from({ length: 10_000 }, (_, index) => `"k${index}":${index}`);
    return withBody(target, withMember(target, random, members.join(',')));
  },
  'many values': (target, random) => withBody(target, replaced(target, random, `[${'0,'.repeat(100_000)}0]`)),
};
