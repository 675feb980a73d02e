import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

/** The only style of a report. */
export const style = `${read('../figures/colours.css')}${read('./report.css')}`;

/** Nothing but this very style: no script, no request, no other style, wherever the file is opened. */
export const contentSecurityPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'`;
