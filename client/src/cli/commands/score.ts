import { fstatSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { StreamedFormat, TableFormat } from '../../types.ts';
import { createBar } from '../bar.ts';
import { commonOf } from '../common.ts';
import { findModel } from '../find.ts';
import { openInput, sending } from '../input.ts';
import { printAll } from '../output.ts';
import { inputFormat, outputFormat, positiveNumber } from './options.ts';

interface Options {
  readonly anomalies?: true;
  readonly alpha?: number;
  readonly fdr?: number;
  readonly explain?: true;
  readonly strict?: true;
  readonly problems?: true;
  readonly format?: StreamedFormat;
  readonly inputFormat?: TableFormat;
}

export function addScore(program: Command): void {
  const isAnomalies = { anomalies: true };
  program
    .command('score')
    .description('the log-density of each row, in nats and in order, to standard output')
    .argument('<model>')
    .argument('<file>', 'CSV, NDJSON, JSON or Parquet, compressed by gzip where it ends in .gz; - for standard input')
    .option('--anomalies', 'p-values, too, and whether each row is an anomaly')
    .addOption(
      new Option('--alpha <alpha>', 'call at most this part of usual rows an anomaly')
        .argParser(positiveNumber)
        .implies(isAnomalies),
    )
    .addOption(
      new Option('--fdr <part>', 'have at most this part of what is called an anomaly be false alarms')
        .argParser(positiveNumber)
        .implies(isAnomalies)
        .conflicts('alpha'),
    )
    .addOption(new Option('--explain', 'what each column contributes, too').implies(isAnomalies))
    .option('--strict', 'end with an error where a row cannot be scored')
    .addOption(new Option('--problems', 'why a row cannot be scored, too').conflicts('anomalies'))
    .addOption(outputFormat())
    .addOption(inputFormat('--input-format <format>'))
    .action(async (given: string, file: string, options: Options, command: Command) => {
      const { client, isJson } = commonOf(command);
      const { anomalies, alpha, fdr, explain, strict, problems, format = isJson ? 'ndjson' : 'csv' } = options;
      const input = await openInput(file, options.inputFormat);
      const id = await findModel(client, given);
      // Scores come while rows are sent: where they may end on the terminal they would be written across the bar.
      const bar = createBar(process.stderr, process.stderr.isTTY && fstatSync(process.stdout.fd).isFile());
      const sent = { inputFormat: input.format, gzip: input.gzip, onProgress: sending(input, bar) };
      try {
        const scores = anomalies
          ? client.models.anomalies(id, input.source, { alpha, fdr, explain, strict, format, ...sent })
          : client.models.logProb(id, input.source, { strict, problems, format, ...sent });
        await printAll(await scores);
      } finally {
        bar.close();
      }
    });
}
