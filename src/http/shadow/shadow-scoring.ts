import { setImmediate as afterAnswers } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import type { Encoding } from '../../flow/encoding/encoding.ts';
import type { ScoredBlock } from '../../scoring/scores.ts';
import type { CalibrationScores } from '../../store/density-artefact.ts';
import { ConflictError } from '../../store/errors.ts';
import type { Compared, Shadows } from '../../store/shadows.ts';
import { ConformalTest } from '../../training/conformal-test.ts';
import { rowScores } from '../answers/row-scores.ts';
import type { Own, Services } from '../services.ts';
import { type Comparison, comparisonIn, comparisonOf, droppedRows, together } from './comparison.ts';
import { recoder } from './recoded-rows.ts';

/** Rows of one block of a request that the candidate scores, and cells, and blocks that wait for it: what is beyond is dropped. */
const mostRows = 1024;
const mostCells = 2 ** 16;
const mostWaiting = 16;
/** How often what came of it is written. */
const writeMilliseconds = 1_000;

/** An alias that has a shadow, by which an owner's request is answered. */
export interface Shadowed extends Compared {
  readonly share: number;
  readonly serving: Own['serving'];
}

interface Waiting {
  readonly shadowed: Shadowed;
  readonly rows: Float64Array;
  readonly logProb: Float64Array;
  readonly milliseconds: number | undefined;
}

/**
 * Has a share of the rows that are scored by an alias scored by its shadow, too, after they are answered: one block after another,
 * and only while nothing waits for a thread. What does not find a place is dropped, and counted. What comes of it is added up here and
 * written to the database once a second.
 */
export class ShadowScoring {
  readonly #services: { readonly store: { readonly shadows: Pick<Shadows, 'add'> } } & Pick<Services, 'serving'>;
  readonly #log: Pick<FastifyBaseLogger, 'warn'>;
  readonly #random: () => number;
  readonly #waiting: Waiting[] = [];
  readonly #found = new Map<string, { readonly compared: Compared; comparison: Comparison }>();
  #scoring: Promise<void> | undefined;
  #writing: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(
    services: { readonly store: { readonly shadows: Pick<Shadows, 'add'> } } & Pick<Services, 'serving'>,
    { log, random = Math.random }: { log: Pick<FastifyBaseLogger, 'warn'>; random?: () => number },
  ) {
    this.#services = services;
    this.#log = log;
    this.#random = random;
  }

  /** Takes what it needs of the block; never waits, never throws. */
  offer(shadowed: Shadowed, { rows, logProb, unreadable, milliseconds }: ScoredBlock): void {
    const chosen = Array.from(logProb.keys()).filter((row) => !unreadable.has(row) && this.#random() < shadowed.share);
    if (chosen.length === 0) return;
    const width = rows.length / logProb.length;
    const kept = chosen.slice(0, Math.max(1, Math.min(mostRows, Math.floor(mostCells / width))));
    const isBusy = this.#isClosed || this.#waiting.length >= mostWaiting || this.#services.serving.stats().waiting > 0;
    this.#note(shadowed, droppedRows(isBusy ? chosen.length : chosen.length - kept.length));
    if (isBusy) return;
    const copy = new Float64Array(kept.length * width);
    kept.forEach((row, place) => void copy.set(rows.subarray(row * width, (row + 1) * width), place * width));
    this.#waiting.push({
      shadowed,
      rows: copy,
      logProb: Float64Array.from(kept, (row) => logProb[row]),
      // A part of the rows takes another time than all of them.
      milliseconds: kept.length === logProb.length ? milliseconds : undefined,
    });
    this.#scoring ??= this.#scoreAll().finally(() => {
      this.#scoring = undefined;
    });
  }

  /** Takes no more, and writes what has come of it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#waiting.length = 0;
    await this.#scoring;
    await this.write();
  }

  /** Writes what has come of it so far. */
  async write(): Promise<void> {
    clearTimeout(this.#writing);
    this.#writing = undefined;
    const found = [...this.#found.values()];
    this.#found.clear();
    for (const { compared, comparison } of found)
      try {
        await this.#services.store.shadows.add(compared, (kept) => together(comparisonIn(kept), comparison));
      } catch (err) {
        this.#log.warn({ err }, 'what came of shadow scoring could not be written');
        // With what comes of the next.
        if (!this.#isClosed) this.#note(compared, comparison);
      }
  }

  async #scoreAll(): Promise<void> {
    await afterAnswers();
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const { shadowed, rows, logProb, milliseconds } = next;
      const isBusy = this.#services.serving.stats().waiting > 0;
      try {
        const found = isBusy ? undefined : await compare(shadowed, { rows, logProb, milliseconds });
        this.#note(shadowed, found ?? droppedRows(logProb.length));
      } catch (err) {
        // As when one of the two was deleted, or the service is closing: requests are not concerned.
        this.#note(shadowed, droppedRows(logProb.length));
        this.#log.warn({ err, modelId: shadowed.modelId }, 'rows could not be scored by the shadow of an alias');
      }
    }
  }

  #note(compared: Compared, more: Comparison): void {
    if (more.rows + more.dropped === 0) return;
    const { aliasId, productionId, modelId } = compared;
    const place = `${aliasId} ${productionId} ${modelId}`;
    const { comparison } = this.#found.get(place) ?? {};
    const sum = comparison ? together(comparison, more) : more;
    this.#found.set(place, { compared: { aliasId, productionId, modelId }, comparison: sum });
    this.#writing ??= setTimeout(() => this.write(), writeMilliseconds).unref();
  }
}

/** Undefined where the two cannot be compared. */
async function compare(
  { serving, productionId, modelId }: Shadowed,
  { rows, logProb, milliseconds }: Omit<Waiting, 'shadowed'>,
): Promise<Comparison | undefined> {
  const [ours, theirs] = [await serving.encoding(productionId), await serving.encoding(modelId)];
  const recoded = recoder(ours, theirs)?.(rows);
  if (!recoded) return undefined;
  const begun = performance.now();
  const scores = await rowScores(serving, { id: modelId, encoding: theirs }, recoded);
  const took = milliseconds === undefined ? undefined : performance.now() - begun;
  const [production, candidate] = [
    await conformal(serving, productionId, ours),
    await conformal(serving, modelId, theirs),
  ];
  return comparisonOf(
    { logProb, pValues: production?.pValues(rows, logProb), milliseconds },
    { logProb: scores, pValues: candidate?.pValues(recoded, scores), milliseconds: took },
  );
}

const tests = new WeakMap<CalibrationScores, ConformalTest>();

/** Undefined where the model is not calibrated. */
async function conformal(serving: Own['serving'], id: string, encoding: Encoding): Promise<ConformalTest | undefined> {
  try {
    const calibration = await serving.calibration(id);
    const test = tests.get(calibration) ?? new ConformalTest(calibration, encoding);
    tests.set(calibration, test);
    return test;
  } catch (error) {
    if (error instanceof ConflictError && error.code === 'not-calibrated') return undefined;
    throw error;
  }
}
