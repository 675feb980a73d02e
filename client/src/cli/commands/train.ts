import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { NewModel } from '../../models.ts';
import { type Common, commonOf } from '../common.ts';
import { findDataset, findModel } from '../find.ts';
import { follow } from '../follow.ts';
import { isFile } from '../input.ts';
import { note, print, printJson } from '../output.ts';
import { names, positiveNumber, wholeNumber } from './options.ts';
import { store } from './upload.ts';

interface Options {
  readonly flow: string;
  readonly seed?: number;
  readonly name?: string;
  readonly columns?: string[];
  readonly context?: string[];
  readonly steps?: number;
  readonly seconds?: number;
  readonly watch?: true;
}

export function addTrain(program: Command): void {
  program
    .command('train')
    .description('train a flow on a dataset, or on a file that is uploaded first; prints the id of the model')
    .argument('<dataset>', 'a dataset, a file, or - for standard input')
    .option('--flow <flow>', 'a preset, a spec as JSON, or a file that has one', 'auto')
    .option('--seed <seed>', 'the same seed gives the same model', wholeNumber(0))
    .option('--name <name>', 'what to call the model')
    .option('--columns <names>', 'the columns to model, with commas between; all unless this is given', names)
    .option('--context <names>', 'the columns that condition them', names)
    .option('--steps <steps>', 'the most steps', wholeNumber(1))
    .option('--seconds <seconds>', 'the most time', positiveNumber)
    .option('--watch', 'show how far it is, and print the id when it is ready')
    .action(train);

  program
    .command('watch')
    .description('show how far a training is until it ends; prints the id of the model, or with --json the events')
    .argument('<model>')
    .action(async (given: string, _: object, command: Command) => {
      const { client, isJson } = commonOf(command);
      const onEvent = isJson ? printJson : undefined;
      const { id } = await follow(client, await findModel(client, given), { isJson, onEvent });
      if (!isJson) await print(`${id}\n`);
    });
}

async function train(given: string, options: Options, command: Command): Promise<void> {
  const common = commonOf(command);
  const { client, isJson } = common;
  // A spec that cannot be read is found out before a long upload.
  const flow = await flowOf(options.flow);
  const datasetId = await datasetOf(common, given);
  const { name, columns, context, seed, steps, seconds: budgetSeconds } = options;
  const training = { ...(steps !== undefined && { steps }), ...(budgetSeconds !== undefined && { budgetSeconds }) };
  const asked = await client.models.train({ datasetId, name, columns, context, flow, seed, training });
  if (options.watch) note(`Training ${asked.name}, version ${asked.version}: ${asked.id}`);
  const model = options.watch ? await follow(client, asked.id, { isJson }) : asked;
  await (isJson ? printJson(model) : print(`${model.id}\n`));
}

async function datasetOf(common: Common, given: string): Promise<string> {
  if (given === '-' || (await isFile(given))) return (await store(common, given, {})).id;
  return findDataset(common.client, given);
}

/** A spec, as JSON or in a file, or else the name of a preset. */
async function flowOf(given: string): Promise<NewModel['flow']> {
  const isJson = given.trimStart().startsWith('{');
  if (!isJson && !(await isFile(given))) return given;
  const text = isJson ? given : await readFile(given, 'utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`--flow: ${error instanceof Error ? error.message : error}`);
  }
}
