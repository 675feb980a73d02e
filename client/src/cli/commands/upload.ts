import type { Command } from 'commander';
import type { UploadOptions } from '../../datasets.ts';
import type { Dataset, TableFormat } from '../../types.ts';
import { createBar } from '../bar.ts';
import { type Common, commonOf } from '../common.ts';
import { counted } from '../format.ts';
import { openInput, sending } from '../input.ts';
import { note, print, printJson } from '../output.ts';
import { inputFormat, json } from './options.ts';

interface Options {
  readonly name?: string;
  readonly format?: TableFormat;
  readonly columns?: UploadOptions['columns'];
}

export function addUpload(program: Command): void {
  program
    .command('upload')
    .description('store a table; prints the id of the dataset')
    .argument('<file>', 'CSV, NDJSON, JSON or Parquet, compressed by gzip where it ends in .gz; - for standard input')
    .option('--name <name>', 'what to call it; the name of the file unless this is given')
    .addOption(inputFormat('--format <format>'))
    .option(
      '--columns <json>',
      'what is to be said of columns, such as \'[{"name":"zip","kind":"categorical"}]\'',
      json,
    )
    .action(async (file: string, options: Options, command: Command) => {
      const common = commonOf(command);
      const dataset = await store(common, file, options);
      await (common.isJson ? printJson(dataset) : print(`${dataset.id}\n`));
    });
}

/** Uploads a file, and says what was stored. */
export async function store({ client, isJson }: Common, file: string, options: Options): Promise<Dataset> {
  const input = await openInput(file, options.format);
  const bar = createBar(process.stderr);
  const { source, format, gzip } = input;
  const { name = input.name, columns } = options;
  const onProgress = sending(input, bar);
  const dataset = await client.datasets
    .upload(source, { name, columns, format, gzip, onProgress })
    .finally(() => bar.close());
  if (!isJson) note(summary(dataset));
  return dataset;
}

function summary({ name, rowCount, columns, warnings }: Dataset): string {
  const stored = `${name}: ${counted(rowCount, 'row')} of ${counted(columns.length, 'column')}`;
  return [stored, ...warnings.map((warning) => `warning: ${warning}`)].join('\n');
}
