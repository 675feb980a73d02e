/**
 * Philox4x32-10, a counter-based generator: the same counter and key always give the same four words, so that any
 * element of a random table can be computed alone (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
 */
export type Counter = readonly [number, number, number, number];
export type Key = readonly [number, number];

const multiplierA = 0xd2511f53;
const multiplierB = 0xcd9e8d57;
const weylA = 0x9e3779b9;
const weylB = 0xbb67ae85;

/** Writes the four unsigned 32-bit words of a counter of four and a key of two such words into `words`. */
export function philox(words: Uint32Array, [c0, c1, c2, c3]: Counter, [k0, k1]: Key): void {
  for (let round = 0; round < 10; round++) {
    const highA = highWord(multiplierA, c0);
    const lowA = Math.imul(multiplierA, c0);
    const highB = highWord(multiplierB, c2);
    const lowB = Math.imul(multiplierB, c2);
    c0 = highB ^ c1 ^ k0;
    c1 = lowB;
    c2 = highA ^ c3 ^ k1;
    c3 = lowA;
    k0 = (k0 + weylA) | 0;
    k1 = (k1 + weylB) | 0;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

/** The upper 32 bits of the 64-bit product of two 32-bit words, from their halves; integers only, which is what is fast. */
function highWord(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = (Math.imul(aHigh, bLow) >>> 0) + (Math.imul(aLow, bLow) >>> 16);
  const carry = (Math.imul(aLow, bHigh) >>> 0) + (middle & 0xffff);
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (carry >>> 16)) | 0;
}
