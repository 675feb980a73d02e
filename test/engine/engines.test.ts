import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClose } from '../support/close.ts';
import { temporaryDirectory } from '../support/postgres.ts';
import { askForModel, call, postJson, startProcess, waitFor } from '../support/service.ts';

/** The last of them lies beyond what has a density. */
const rows = [...Array.from({ length: 40 }, (_, row) => [row / 20 - 1, Math.sin(row)]), [1e300, 0]];

test('a model trained on one engine scores and samples alike on the other', async () => {
  await using data = await temporaryDirectory();
  const answers = async (url: string, id: string): Promise<number[]> => {
    const scored = await postJson(`${url}/v1/models/${id}/log-prob`, { rows });
    assert.equal(scored.status, 200, JSON.stringify(scored.body));
    assert.equal(scored.body.logProb.pop(), null);
    const sampled = await call(`${url}/v1/models/${id}/sample?n=20&seed=3`);
    assert.equal(sampled.status, 200, JSON.stringify(sampled.body));
    return [...scored.body.logProb, ...sampled.body.rows.flat()];
  };
  const trained = async (url: string) => {
    const id = await askForModel(url, { steps: 20 });
    const { status, error } = await waitFor(url, id, ['ready', 'failed']);
    assert.equal(status, 'ready', JSON.stringify(error));
    return { id, first: await answers(url, id) };
  };
  await using first = await startProcess({ DATA_DIR: data.path, ENGINE: 'tensorflow' });
  const tensorflow = await trained(first.url);
  assert.equal(await first.stop('SIGTERM'), 0);
  await using second = await startProcess({ DATA_DIR: data.path, ENGINE: 'onnx' });
  const again = await answers(second.url, tensorflow.id);
  // Both compute in single precision, and the last digits tell that they are two.
  assertClose(again, tensorflow.first, 1e-4, 'trained on TensorFlow.js');
  assert.notDeepEqual(again, tensorflow.first);
  const onnx = await trained(second.url);
  assert.equal(await second.stop('SIGTERM'), 0);
  await using third = await startProcess({ DATA_DIR: data.path, ENGINE: 'tensorflow' });
  assertClose(await answers(third.url, onnx.id), onnx.first, 1e-4, 'trained on ONNX Runtime');
  assert.equal(await third.stop('SIGTERM'), 0);
});
