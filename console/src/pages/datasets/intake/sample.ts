/** What is sent of a file to learn what it would become. */
export interface Sample {
  readonly file: File;
  readonly isWhole: boolean;
}

/** Of longer texts only their beginning is sent. */
const beginning = 2 ** 20;
/** What has no beginning that can be read alone is sent whole up to this size. */
const mostWhole = 2 ** 23;

const texts = /\.(csv|tsv|txt|ndjson|jsonl)$/i;
const separated = /\.(csv|tsv|txt)(\.gz)?$/i;

/** A file as the service is to take it: by its name, whatever the system takes files of this name for. */
export function asTable(file: File): File {
  return separated.test(file.name) ? new File([file], file.name, { type: 'text/csv' }) : file;
}

/** Undefined where a file is too large to be sent twice. */
export async function sampleOf(file: File): Promise<Sample | undefined> {
  const isLines = texts.test(file.name);
  if (file.size <= (isLines ? beginning : mostWhole)) return { file: asTable(file), isWhole: true };
  if (!isLines) return undefined;
  const bytes = new Uint8Array(await file.slice(0, beginning).arrayBuffer());
  const end = endOfLines(bytes);
  return end === 0 ? undefined : { file: asTable(new File([bytes.subarray(0, end)], file.name)), isWhole: false };
}

const [newline, quote] = [0x0a, 0x22];

/** Where the last whole line ends; a line end between quotes, which come in pairs, belongs to a cell. */
function endOfLines(bytes: Uint8Array): number {
  const unit = widthOf(bytes);
  let end = 0;
  let isQuoted = false;
  for (let at = 0; at + unit <= bytes.length; at += unit) {
    const code = unit === 1 ? bytes[at] : bytes[at] + bytes[at + 1];
    if (code === quote) isQuoted = !isQuoted;
    else if (code === newline && !isQuoted) end = at + unit;
  }
  return end;
}

/** Two bytes a character where a byte order mark says UTF-16; of both its orders one of them is zero in those looked for. */
function widthOf([first, second]: Uint8Array): number {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) ? 2 : 1;
}
