import type { Command } from 'commander';
import type { StreamedFormat } from '../../types.ts';
import { commonOf } from '../common.ts';
import { findModel } from '../find.ts';
import { printAll } from '../output.ts';
import { json, outputFormat, positiveNumber, wholeNumber } from './options.ts';

interface Options {
  readonly number: number;
  readonly seed?: number;
  readonly temperature?: number;
  readonly context?: Record<string, string | number | boolean | null>;
  readonly format?: StreamedFormat;
}

export function addSample(program: Command): void {
  program
    .command('sample')
    .description('draw rows from a model, to standard output')
    .argument('<model>')
    .option('-n, --number <rows>', 'how many', wholeNumber(1), 100)
    .option('--seed <seed>', 'the same seed gives the same rows', wholeNumber(0))
    .option('--temperature <temperature>', 'below 1 for more typical rows, above 1 for rarer ones', positiveNumber)
    .option('--context <json>', 'a value for each context column, such as \'{"sex":"f"}\'', json)
    .addOption(outputFormat())
    .action(async (given: string, options: Options, command: Command) => {
      const { client, isJson } = commonOf(command);
      const { number: n, seed, temperature, context, format = isJson ? 'ndjson' : 'csv' } = options;
      const id = await findModel(client, given);
      await printAll(await client.models.sample(id, { n, seed, temperature, context, format }));
    });
}
