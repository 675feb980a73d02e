/**
 * How training grows with the table: seconds for each million rows trained on, and memory, for rows of a Gaussian mixture.
 * Run: node bench/density/scale.ts [--rows 10000,100000] [--columns 2,8] [--flow spline] [--seconds 60]
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** Larger tables are left out. */
const mostCells = 100e6;

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000,100000,1000000,3000000' },
    columns: { type: 'string', default: '2,8,32,128' },
    flow: { type: 'string', default: 'spline' },
    seconds: { type: 'string', default: '60' },
  },
});
const numbers = (list: string) => list.split(',').map(Number);

const lines: unknown[] = [];
for (const columns of numbers(options.columns))
  for (const rows of numbers(options.rows)) {
    if (rows * columns > mostCells) continue;
    // A process of its own: memory is that of this table alone.
    const script = join(import.meta.dirname, 'scale-one.ts');
    const child = spawnSync(process.execPath, [script, String(rows), String(columns), options.seconds, options.flow], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (child.status !== 0) throw new Error(`${rows} rows of ${columns} columns: ended with status ${child.status}`);
    const line: unknown = JSON.parse(child.stdout);
    lines.push(line);
    console.error(child.stdout.trim());
  }
console.log(
  `${options.flow}, one thread, the default recipe with its evaluations, at most ${options.seconds} s of training`,
);
console.table(lines);
