import { type Command, Option } from 'commander';
import { commonOf } from '../common.ts';
import { findEither, type Kind } from '../find.ts';
import { count, table } from '../format.ts';
import { note, print, printJson } from '../output.ts';

export function addLists(program: Command): void {
  program
    .command('models')
    .description('the models, newest first')
    .action(async (_: object, command: Command) => {
      const { client, isJson } = commonOf(command);
      await list(
        client.models.list(),
        isJson,
        ['id', 'name', 'version', 'status', 'nats a row', 'created'],
        (model) => {
          const { id, name, version, status, metrics, createdAt } = model;
          return [id, name, String(version), status, metrics?.testLogProb?.toFixed(3) ?? '', time(createdAt)];
        },
      );
    });

  program
    .command('datasets')
    .description('the datasets, newest first')
    .action(async (_: object, command: Command) => {
      const { client, isJson } = commonOf(command);
      await list(client.datasets.list(), isJson, ['id', 'name', 'rows', 'columns', 'created'], (dataset) => {
        const { id, name, rowCount, columns, createdAt } = dataset;
        return [id, name, count(rowCount), count(columns.length), time(createdAt)];
      });
    });

  program
    .command('rm')
    .description('remove models and datasets')
    .argument('<what...>', 'ids, or names where only one has it')
    .addOption(new Option('--kind <kind>', 'what is meant where a name is that of both').choices(['model', 'dataset']))
    .action(async (given: string[], { kind }: { kind?: Kind }, command: Command) => {
      const { client, isJson } = commonOf(command);
      for (const what of given) {
        const [resource, id] = await findEither(client, what, kind);
        await client[resource].delete(id);
        if (!isJson) note(`${resource === 'models' ? 'Model' : 'Dataset'} ${what} is gone`);
      }
    });
}

async function list<Thing extends object>(
  things: AsyncIterable<Thing>,
  isJson: boolean,
  headings: readonly string[],
  cells: (thing: Thing) => string[],
): Promise<void> {
  const rows: string[][] = [];
  for await (const thing of things)
    if (isJson) await printJson(thing);
    else rows.push(cells(thing));
  if (!isJson) await print(table(headings, rows));
}

const time = (createdAt: string) => createdAt.slice(0, 16).replace('T', ' ');
