import { run } from './run.ts';

process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  // Whoever reads may have enough, as head has.
  if (code === 'EPIPE') process.exit(0);
  process.stderr.write(`pushforward: standard output: ${message}\n`);
  process.exit(1);
});
process.exitCode = await run(process.argv.slice(2));
