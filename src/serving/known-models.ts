import type { Encoding } from '../flow/encoding/encoding.ts';
import type { FlowSpec } from '../flow/flow.ts';
import type { OwnDatasets } from '../store/datasets.ts';
import { type CalibrationScores, decodeCalibration, decodeDensity } from '../store/density-artefact.ts';
import { NotFoundError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import type { ServedModel } from './ready-models.ts';

/** The artefacts kept in memory, up to about this many bytes; the least recently used are let go. */
const keptArtefactBytes = 256 * 1024 * 1024;

/** For so long after a model was asked for in the database, it is taken to be there still, if nothing else is heard of it. */
const trustedMilliseconds = 1000;

/** A model as the threads get it, and what this thread has to know of it. */
export interface KnownModel {
  readonly served: ServedModel;
  readonly name: string;
  readonly encoding: Encoding;
  readonly calibration: CalibrationScores | undefined;
  readonly others: readonly string[];
  /** The flow of each member, resolved. */
  readonly flows: readonly FlowSpec[];
}

interface Entry {
  readonly model: Promise<KnownModel>;
  /** When the database was; it is asked again where that is not known. */
  asked: number;
  /** Of its artefact, once it is there. */
  bytes: number;
}

/**
 * The ready models that were asked for lately, each at its owner and id: who asks for another's finds nothing here, and asks the
 * database the same question, with the same answer, as for an id that does not exist.
 */
export class KnownModels {
  readonly #store: Pick<Store, 'for'>;
  readonly #models = new Map<string, Entry>();
  #hits = 0;
  #misses = 0;

  constructor(store: Pick<Store, 'for'>) {
    this.#store = store;
  }

  /** Throws NotFoundError where the owner has no such model, and ConflictError when it is not ready. */
  get(owner: string, id: string): Promise<KnownModel> {
    const place = placeOf(owner, id);
    const known = this.#models.get(place);
    const now = performance.now();
    if (known && now - known.asked < trustedMilliseconds) {
      this.#hits++;
      return known.model;
    }
    const entry: Entry = { model: this.#load(owner, id, known?.model), asked: now, bytes: known?.bytes ?? 0 };
    // A Map keeps the order of insertion: its first entry is the one asked for least recently.
    this.#models.delete(place);
    this.#models.set(place, entry);
    entry.model.then(
      ({ served }) => {
        entry.bytes = served.artefact.length;
        this.#trim();
      },
      () => this.#models.get(place) === entry && this.#models.delete(place),
    );
    return entry.model;
  }

  forget(owner: string, id: string): void {
    this.#models.delete(placeOf(owner, id));
  }

  /** Lets go of a model, whoever's it was. */
  forgetAnyones(id: string): void {
    for (const place of [...this.#models.keys()]) if (place.startsWith(`${id} `)) this.#models.delete(place);
  }

  /** Asks anew whether each model is there, before it is used again. */
  doubt(): void {
    for (const entry of this.#models.values()) entry.asked = Number.NEGATIVE_INFINITY;
  }

  stats(): { models: number; artefactBytes: number; hits: number; misses: number } {
    const artefactBytes = [...this.#models.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    return { models: this.#models.size, artefactBytes, hits: this.#hits, misses: this.#misses };
  }

  /** The artefact of a ready model never changes; whether the model is still there has to be asked. */
  async #load(owner: string, id: string, earlier: Promise<KnownModel> | undefined): Promise<KnownModel> {
    const { models, datasets } = this.#store.for({ owner });
    const { name, datasetId, columns, context } = await models.getReady(id);
    const kept = await earlier?.catch(() => undefined);
    if (kept) {
      this.#hits++;
      return kept;
    }
    this.#misses++;
    const artefact = shared(await models.artefact(id));
    const { encoding, members } = decodeDensity(artefact);
    const flows = members.map(({ spec }) => spec);
    const own = new Set([...columns, ...context]);
    const others = (await columnsOf(datasets, datasetId)).filter((column) => !own.has(column));
    return { served: { id, artefact }, name, encoding, calibration: decodeCalibration(artefact), others, flows };
  }

  #trim(): void {
    let kept = 0;
    for (const [place, { bytes }] of [...this.#models].reverse()) {
      kept += bytes;
      if (kept > keptArtefactBytes) this.#models.delete(place);
    }
  }
}

const placeOf = (owner: string, id: string) => `${id} ${owner}`;

async function columnsOf(datasets: OwnDatasets, id: string | null): Promise<string[]> {
  if (id === null) return [];
  try {
    return (await datasets.get(id)).columns.map(({ name }) => name);
  } catch (error) {
    if (error instanceof NotFoundError) return [];
    throw error;
  }
}

/** The same bytes where every thread can read them. */
function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}
