import type { Seeds } from '../seeds.ts';
import { caseOf, type FuzzCase } from './case.ts';
import { exchange, wire } from './exchange.ts';
import { wrongWith } from './judge.ts';
import { type ApiDocument, type Target, targetsOf } from './targets.ts';

export interface Outcome extends FuzzCase {
  /** Of the answer; undefined where the connection was closed without one. */
  readonly status: number | undefined;
  readonly wrong: string | undefined;
}

/** All that the document of the service at `url` takes a body for. */
export async function targetsAt(url: string, seeds: Seeds): Promise<Target[]> {
  const response = await fetch(`${url}/docs/json`);
  return targetsOf((await response.json()) as ApiDocument, seeds);
}

/** Sends the cases of these numbers, some at a time; their outcomes as they come. */
export async function* fuzz(
  url: string,
  targets: readonly Target[],
  { seed, numbers }: { seed: number; numbers: readonly number[] },
): AsyncGenerator<Outcome> {
  const atOnce = 8;
  for (let first = 0; first < numbers.length; first += atOnce)
    yield* await Promise.all(
      numbers.slice(first, first + atOnce).map((number) => outcomeOf(url, caseOf(targets, seed, number))),
    );
}

async function outcomeOf(url: string, fuzzCase: FuzzCase): Promise<Outcome> {
  try {
    const answer = await exchange(url, fuzzCase.wire);
    return { ...fuzzCase, status: answer?.status, wrong: wrongWith(answer, fuzzCase.wire, fuzzCase.target.path) };
  } catch (error) {
    return { ...fuzzCase, status: undefined, wrong: String(error) };
  }
}

/** The answers to good requests that create nothing, which nothing may change. */
export async function goodAnswers(
  url: string,
  targets: readonly Target[],
  seeds: Seeds,
): Promise<ReadonlyMap<string, string>> {
  const answers = new Map<string, string>();
  const ask = async (name: string, asked: Parameters<typeof wire>[0]) => {
    const answer = await exchange(url, wire(asked));
    // What is refused is told in words that name the request.
    answers.set(name, `${answer?.status} ${answer?.status === 200 ? answer.body.toString('base64') : ''}`);
  };
  for (const target of targets.filter(({ path }) => path.includes(seeds.model) || path === '/v1/flows/resolve'))
    await ask(target.name, {
      ...target,
      headers: [['content-type', target.mediaType], ...target.headers],
      body: target.good,
    });
  const reads = [
    `/v1/models/${seeds.model}`,
    `/v1/models/${seeds.model}/sample?n=10`,
    `/v1/datasets/${seeds.dataset}`,
    `/v1/datasets/${seeds.dataset}/rows`,
    `/v2/models/${seeds.model}`,
    '/v1/flows',
  ];
  const nothing = Buffer.alloc(0);
  for (const path of reads) await ask(path, { method: 'GET', path, headers: [seeds.credentials], body: nothing });
  return answers;
}

/** The names of the answers that differ. */
export function changed(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...before].filter(([name, answer]) => after.get(name) !== answer).map(([name]) => name);
}
