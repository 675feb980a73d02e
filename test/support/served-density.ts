import assert from 'node:assert/strict';
import { env, InferenceSession, type Tensor } from 'onnxruntime-web';
import type { Density } from '../../src/flow/density.ts';
import type { OwnServing } from '../../src/serving/own-serving.ts';
import { Serving, type ServingStats } from '../../src/serving/serving.ts';
import { encodeDensity } from '../../src/store/density-artefact.ts';
import { localOwner } from '../../src/store/owner.ts';
import { createDataset, newModel } from './models.ts';
import { startTestStore } from './postgres.ts';

// With more, the runtime starts threads that keep the process from ending.
env.wasm.numThreads = 1;

/** A density as a ready model, scored and sampled by the service and by another runtime. */
export interface ServedDensity extends AsyncDisposable {
  readonly serving: OwnServing;
  /** What another owner is answered. */
  servingFor(owner: string): OwnServing;
  stats(): ServingStats;
  readonly id: string;
  /** Runs the file of the model, and nothing else of it, in another runtime. */
  elsewhere(program: 'log-prob' | 'sample', feeds: Record<string, Tensor>): Promise<InferenceSession.OnnxValueMapType>;
}

export async function serveDensity(density: Density): Promise<ServedDensity> {
  const testStore = await startTestStore();
  const { store } = testStore;
  const all = new Serving({ store, engine: 'onnx', threads: 1 });
  const serving = all.for(localOwner);
  const { columns, context } = density;
  const model = { ...newModel((await createDataset(store)).id), columns, context };
  const { id } = await store.models.create(model, async () => {});
  await store.models.startAttempt(id);
  const artefact = encodeDensity(density);
  assert.ok(await store.models.complete(id, 1, { artefact, metrics: {}, warnings: [], progress: {} }));
  return {
    serving,
    servingFor: (owner) => all.for(owner),
    stats: () => all.stats(),
    id,
    async elsewhere(program, feeds) {
      const session = await InferenceSession.create(await serving.onnx(id, program), { executionProviders: ['wasm'] });
      const results = await session.run(feeds);
      await session.release();
      return results;
    },
    async [Symbol.asyncDispose]() {
      await all.close();
      await testStore[Symbol.asyncDispose]();
    },
  };
}
