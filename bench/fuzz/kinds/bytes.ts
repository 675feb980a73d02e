import { gzipSync } from 'node:zlib';
import type { Kind } from '../case.ts';
import type { Target } from '../targets.ts';
import { oneOf, randomBytes, withBody } from './make.ts';

const gzip = [['content-encoding', 'gzip']] as const;
const small = ['', ' ', '\n', 'null', '0', '""', '[]', '{}', '\ufeff', '\0', '-', '{"', '"\\ud800"', ','];

/** What becomes small when it is compressed: 64 MiB that begin as a good body does. */
const bombs = new Map<string, Buffer>();
function bomb({ mediaType, good }: Target): Buffer {
  const made = bombs.get(mediaType) ?? gzipSync(Buffer.concat([good, Buffer.alloc(2 ** 26, '1,2\n')]));
  bombs.set(mediaType, made);
  return made;
}

/** Bodies of any media type. */
export const byteKinds: Readonly<Record<string, Kind>> = {
  good: (target) => withBody(target, target.good),
  'next to nothing': (target, random) => withBody(target, oneOf(random, small)),
  truncated: (target, random) => withBody(target, target.good.subarray(0, random.below(target.good.length))),
  'random bytes': (target, random) => withBody(target, randomBytes(random, random.below(2000))),
  'bytes changed': (target, random) => {
    const body = Buffer.from(target.good);
    for (let change = random.below(8); change >= 0; change--) body[random.below(body.length)] = random.below(256);
    return withBody(target, body);
  },
  'bytes put in': (target, random) => {
    const at = random.below(target.good.length);
    const between = oneOf(random, [
      Buffer.alloc(3),
      Buffer.of(0xff, 0xfe),
      Buffer.of(0xc3, 0x28),
      randomBytes(random, 9),
    ]);
    return withBody(target, Buffer.concat([target.good.subarray(0, at), between, target.good.subarray(at)]));
  },
  'more after the end': (target, random) =>
    withBody(target, Buffer.concat([target.good, oneOf(random, [target.good, randomBytes(random, 20)])])),
  'UTF-16': (target, random) => {
    const text = `${oneOf(random, ['', '\ufeff'])}${target.good.toString()}`;
    const bytes = Buffer.from(text, 'utf16le');
    return withBody(target, random.below(2) ? bytes : bytes.swap16());
  },
  'another charset': (target, random) => {
    const charset = oneOf(random, ['utf-16', 'latin1', 'x-none', '"', 'utf-8; charset=utf-16', '\u00e9']);
    return withBody(target, target.good, [['content-type', `${target.mediaType}; charset=${charset}`]]);
  },
  'gzip that is none': (target) => withBody(target, target.good, gzip),
  gzip: (target) => withBody(target, gzipSync(target.good), gzip),
  'gzip truncated': (target, random) => {
    const body = gzipSync(target.good);
    return withBody(target, body.subarray(0, random.below(body.length)), gzip);
  },
  'gzip twice': (target, random) =>
    withBody(target, gzipSync(gzipSync(target.good)), [['content-encoding', oneOf(random, ['gzip', 'gzip, gzip'])]]),
  'gzip and more': (target, random) =>
    withBody(target, Buffer.concat([gzipSync(target.good), randomBytes(random, 30)]), gzip),
  'gzip bomb': (target) => withBody(target, bomb(target), gzip),
  'another encoding': (target, random) =>
    withBody(target, target.good, [['content-encoding', oneOf(random, ['br', 'deflate', '', 'gzip;q=1', '\u00e9'])]]),
};
