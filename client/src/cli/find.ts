import { PushforwardError } from '../error.ts';
import type { Pushforward } from '../pushforward.ts';
import type { Dataset, Model } from '../types.ts';

const id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const alias = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

export type Kind = 'model' | 'dataset';

const isId = (given: string) => id.test(given);

/** The id of the model that an id, an alias or a name stands for. Throws where it is none, or the name of several. */
export async function findModel(client: Pushforward, given: string): Promise<string> {
  if (isId(given)) return given;
  const aliased = alias.test(given) ? await orNone(client.aliases.get(given)) : undefined;
  return aliased?.modelId ?? one(await modelsOf(client, given), 'model', given).id;
}

/** The same of a dataset, which has no aliases. */
export async function findDataset(client: Pushforward, given: string): Promise<string> {
  return isId(given) ? given : one(await datasetsOf(client, given), 'dataset', given).id;
}

/** Whatever an id or a name stands for: a model or a dataset, or only one of this kind. */
export async function findEither(
  client: Pushforward,
  given: string,
  kind?: Kind,
): Promise<['models' | 'datasets', string]> {
  const models = kind === 'dataset' ? [] : await modelsOf(client, given);
  const datasets = kind === 'model' ? [] : await datasetsOf(client, given);
  if (models.length > 0 && datasets.length > 0)
    throw new Error(`${quoted(given)} is a model and a dataset: say by --kind which is meant.`);
  if (models.length > 0) return ['models', one(models, 'model', given).id];
  if (datasets.length === 0) throw new Error(`There is no ${kind ?? 'model or dataset'} ${quoted(given)}.`);
  return ['datasets', one(datasets, 'dataset', given).id];
}

function modelsOf(client: Pushforward, given: string): Promise<Model[]> {
  return isId(given) ? asList(client.models.get(given)) : collect(client.models.list({ name: given }));
}

function datasetsOf(client: Pushforward, given: string): Promise<Dataset[]> {
  if (isId(given)) return asList(client.datasets.get(given));
  return collect(client.datasets.list(), ({ name }) => name === given);
}

function one<Thing extends { id: string; createdAt: string }>(
  found: readonly Thing[],
  what: string,
  given: string,
): Thing {
  if (found.length === 0) throw new Error(`There is no ${what} ${quoted(given)}.`);
  if (found.length === 1) return found[0];
  const lines = found.slice(0, 10).map(({ id, createdAt }) => `  ${id}  of ${createdAt}`);
  throw new Error(
    `${found.length} ${what}s are called ${quoted(given)}: name the one that is meant by its id.\n${lines.join('\n')}`,
  );
}

const quoted = (given: string) => JSON.stringify(given);

const asList = async <Thing>(asked: Promise<Thing>): Promise<Thing[]> => {
  const found = await orNone(asked);
  return found === undefined ? [] : [found];
};

async function orNone<Thing>(asked: Promise<Thing>): Promise<Thing | undefined> {
  return asked.catch((thrown) => {
    if (thrown instanceof PushforwardError && thrown.status === 404) return undefined;
    throw thrown;
  });
}

async function collect<Thing>(things: AsyncIterable<Thing>, wanted: (thing: Thing) => boolean = () => true) {
  const found: Thing[] = [];
  for await (const thing of things) if (wanted(thing)) found.push(thing);
  return found;
}
