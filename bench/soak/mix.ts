import { setTimeout as sleep } from 'node:timers/promises';
import { parquetMetadata } from 'hyparquet';
import type { RandomStream } from '../../src/flow/random/stream.ts';
import { isFinal } from '../../src/http/answers/model-event-stream.ts';
import { type RowFormat, rowFormats } from '../../src/http/answers/row-formats.ts';
import { type Answer, ask, codeOf, json, post } from '../chaos/ask.ts';
import { bodyOf, randomRows } from '../chaos/tables.ts';

/** What is asked: a ready model, and the dataset that it was trained on. */
export interface Subject {
  readonly url: string;
  readonly datasetId: string;
  readonly modelId: string;
}

/** Something that clients do; `ask` throws an Error that says what was wrong with an answer. */
interface Kind {
  readonly name: string;
  /** How often, beside the others. */
  readonly weight: number;
  ask(subject: Subject, turn: number): Promise<void>;
}

const rows = randomRows(2000, 1).map(([x, y, ...rest]) => [x, y ?? 0, ...rest] as const);
const table = bodyOf(rows, 'csv');
const small = rowFormats.map((format) => bodyOf(rows.slice(0, 500), format));
const sampled = 1000;

export const kinds: readonly Kind[] = [
  {
    name: 'score',
    weight: 600,
    ask: async (subject, turn) => {
      const answer = await post(`${model(subject)}/log-prob`, { rows: [rows[turn % rows.length]] });
      expectCount(json<{ logProb: number[] }>(whole(answer)).logProb.length, 1);
    },
  },
  {
    name: 'score 2,000 rows',
    weight: 20,
    ask: async (subject) => {
      const answer = await upload(`${model(subject)}/log-prob?format=csv`, table);
      expectCount(rowCounts.csv(whole(answer)), rows.length);
    },
  },
  ...rowFormats.map((format) => ({
    name: `sample ${format}`,
    weight: 20,
    ask: async (subject: Subject, turn: number) => {
      const answer = await ask(`${model(subject)}/sample?n=${sampled}&seed=${turn}&format=${format}`);
      expectCount(rowCounts[format](whole(answer)), sampled);
    },
  })),
  {
    name: 'anomalies',
    weight: 80,
    ask: async (subject) => {
      const answer = await post(`${model(subject)}/anomalies`, { rows: rows.slice(0, 10) });
      expectCount(json<{ results: object[] }>(whole(answer)).results.length, 10);
    },
  },
  {
    name: 'density',
    weight: 3,
    ask: async (subject) => void json(whole(await ask(`${model(subject)}/density?x=x&resolution=50`))),
  },
  {
    name: 'read',
    weight: 150,
    ask: async (subject, turn) => {
      const dataset = `${subject.url}/v1/datasets/${subject.datasetId}`;
      const paths = [`${dataset}/rows?limit=100`, dataset, model(subject), `${subject.url}/v1/datasets`];
      json(whole(await ask(paths[turn % paths.length])));
    },
  },
  {
    name: 'upload and delete',
    weight: 20,
    ask: async ({ url }, turn) => {
      const created = json<{ id: string; rowCount: number }>(
        whole(await upload(`${url}/v1/datasets?name=passing`, small[turn % small.length])),
      );
      expectCount(created.rowCount, 500);
      whole(await ask(`${url}/v1/datasets/${created.id}`, { method: 'DELETE' }));
    },
  },
  { name: 'train and delete', weight: 1, ask: train },
];

/** A kind, as often as its weight says. */
export function anyKind(random: RandomStream): Kind {
  let left = random.uniform() * kinds.reduce((sum, { weight }) => sum + weight, 0);
  for (const kind of kinds) {
    left -= kind.weight;
    if (left < 0) return kind;
  }
  return kinds[0];
}

/** Every other training is cancelled at once. */
async function train({ url, datasetId }: Subject, turn: number): Promise<void> {
  const request = { datasetId, name: 'passing', flow: 'real-nvp', training: { steps: 100 } };
  const { id } = json<{ id: string }>(whole(await post(`${url}/v1/models`, request)));
  const path = `${url}/v1/models/${id}`;
  if (turn % 2 === 0) whole(await ask(`${path}/cancel`, { method: 'POST' }));
  for (;;) {
    const { status } = json<{ status: string }>(whole(await ask(path)));
    if (status === 'failed') throw new Error('training failed');
    if (isFinal(status)) break;
    await sleep(250);
  }
  whole(await ask(path, { method: 'DELETE' }));
}

/** Stores the table and trains the model that all is asked of. */
export async function prepare(url: string): Promise<Subject> {
  const dataset = json<{ id: string }>(await taken(() => upload(`${url}/v1/datasets?name=kept`, table)));
  const request = { datasetId: dataset.id, flow: 'real-nvp', training: { steps: 500 } };
  const { id } = json<{ id: string }>(await taken(() => post(`${url}/v1/models`, request)));
  for (let status = 'queued'; status !== 'ready'; await sleep(200)) {
    ({ status } = json<{ status: string }>(await taken(() => ask(`${url}/v1/models/${id}`))));
    if (isFinal(status) && status !== 'ready') throw new Error(`The model is ${status}`);
  }
  return { url, datasetId: dataset.id, modelId: id };
}

/** On a busy machine a service that has just started turns requests away for a while. */
async function taken(request: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await request();
    if (answer.status !== 503) return whole(answer);
    await sleep(500);
  }
}

const model = ({ url, modelId }: Subject) => `${url}/v1/models/${modelId}`;

const upload = (url: string, { mediaType, bytes }: ReturnType<typeof bodyOf>) =>
  ask(url, { method: 'POST', headers: { 'content-type': mediaType }, body: bytes });

/** How many rows a whole answer has. */
const rowCounts: Record<RowFormat, (answer: Answer) => number> = {
  json: (answer) => json<{ rows: unknown[] }>(answer).rows.length,
  csv: ({ bytes }) => bytes.toString().trimEnd().split('\n').length - 1,
  ndjson: ({ bytes }) => bytes.toString().trimEnd().split('\n').length,
  parquet: ({ bytes }) => Number(parquetMetadata(new Uint8Array(bytes).buffer).num_rows),
};

function whole(answer: Answer): Answer {
  if (typeof answer.status === 'number' && answer.status < 300) return answer;
  throw new Error(codeOf(answer));
}

function expectCount(found: number, expected: number): void {
  if (found !== expected) throw new Error(`${found} of ${expected} rows`);
}
