import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { addLists } from './commands/lists.ts';
import { addSample } from './commands/sample.ts';
import { addScore } from './commands/score.ts';
import { addTrain } from './commands/train.ts';
import { addUpload } from './commands/upload.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** The command, with all that it can be asked for. */
export function createProgram(): Command {
  const program = new Command('pushforward')
    .description('Density estimation and sampling with normalizing flows, from the command line.')
    .version(version)
    .addOption(
      new Option('--url <url>', 'where the service is')
        .env('PUSHFORWARD_URL')
        .default('http://127.0.0.1:3000')
        .argParser(address),
    )
    .addOption(new Option('--key <key>', 'an API key, where the service asks for one').env('PUSHFORWARD_API_KEY'))
    .option('--json', 'answer for programs: a JSON object a line')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', examples)
    .exitOverride();
  for (const add of [addUpload, addTrain, addSample, addScore, addLists]) add(program);
  return program;
}

function address(given: string): string {
  if (!/^https?:$/.test(URL.canParse(given) ? new URL(given).protocol : ''))
    throw new InvalidArgumentError('Expected an address that begins with http:// or https://.');
  return given;
}

const examples = `
A model is named by its id, an alias, or its name, and a dataset by its id or name, where only one has it. "-" is standard input.

  pushforward upload rows.csv
  cat rows.csv | pushforward upload - | xargs pushforward train --watch
  pushforward sample <model> -n 1000 --seed 1 > drawn.csv
  pushforward score <model> rows.csv --anomalies --alpha 0.01 > scores.csv

Exit codes: 0 done, 1 an error, 2 a wrong use of the command, 130 after Ctrl-C.`;
