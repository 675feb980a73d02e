import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';

const width = 24;
const millisecondsBetween = 100;

/** How far something is, in one line that is drawn anew; nothing where the stream is no terminal. */
export interface Bar {
  /** `part` is from 0 to 1; undefined where nobody knows. */
  update(part: number | undefined, text: string): void;
  /** Takes the line away, so that something can be written in its place. */
  clear(): void;
}

export function createBar(stream: WriteStream, isShown = stream.isTTY): Bar {
  if (!isShown) return { update() {}, clear() {} };
  let drawnAt = Number.NEGATIVE_INFINITY;
  return {
    update(part, text) {
      const now = performance.now();
      if (now - drawnAt < millisecondsBetween) return;
      drawnAt = now;
      const line = `${drawn(part)}  ${stripVTControlCharacters(text)}`;
      stream.write(`\r\u001b[K${line.slice(0, stream.columns - 1)}`);
    },
    clear() {
      if (drawnAt > 0) stream.write('\r\u001b[K');
      drawnAt = Number.NEGATIVE_INFINITY;
    },
  };
}

function drawn(part: number | undefined): string {
  if (part === undefined) return '░'.repeat(width);
  const full = Math.round(width * Math.min(Math.max(part, 0), 1));
  return '█'.repeat(full) + '░'.repeat(width - full);
}
