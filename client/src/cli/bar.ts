import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';

const width = 24;
const millisecondsBetween = 100;

/** How far something is, in one line that is drawn anew; nothing where the stream is no terminal. */
export interface Bar {
  /** `part` is from 0 to 1; undefined where nobody knows. */
  update(part: number | undefined, text: string): void;
  /** Takes the line away for good. */
  close(): void;
}

export function createBar(stream: WriteStream, isShown = stream.isTTY): Bar {
  if (!isShown) return { update() {}, close() {} };
  let line = '';
  // The latest is drawn in any case, others only where there is time.
  let drawing: NodeJS.Timeout | undefined;
  let isClosed = false;
  const draw = () => stream.write(`\r\u001b[K${line.slice(0, stream.columns - 1)}`);
  return {
    update(part, text) {
      if (isClosed) return;
      line = `${drawn(part)}  ${stripVTControlCharacters(text)}`;
      drawing ??= setTimeout(() => {
        drawing = undefined;
        draw();
      }, millisecondsBetween);
    },
    close() {
      isClosed = true;
      clearTimeout(drawing);
      line = '';
      draw();
    },
  };
}

function drawn(part: number | undefined): string {
  if (part === undefined) return '░'.repeat(width);
  const full = Math.round(width * Math.min(Math.max(part, 0), 1));
  return '█'.repeat(full) + '░'.repeat(width - full);
}
