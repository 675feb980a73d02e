import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClose } from '../support/close.ts';
import { temporaryDirectory } from '../support/postgres.ts';
import { askForModel, postJson, startProcess, waitFor } from '../support/service.ts';

/** The last of them lies beyond what has a density. */
const rows = [...Array.from({ length: 40 }, (_, row) => [row / 20 - 1, Math.sin(row)]), [1e300, 0]];

test('a model trained on one engine gives the same log-densities on the other', async () => {
  await using data = await temporaryDirectory();
  const scores = async (url: string, id: string) => {
    const { status, body } = await postJson(`${url}/v1/models/${id}/log-prob`, { rows });
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.logProb.pop(), null);
    return body.logProb;
  };
  const trained = async (url: string) => {
    const id = await askForModel(url, { steps: 20 });
    const { status, error } = await waitFor(url, id, ['ready', 'failed']);
    assert.equal(status, 'ready', JSON.stringify(error));
    return { id, logProb: await scores(url, id) };
  };
  await using first = await startProcess({ DATA_DIR: data.path, ENGINE: 'tensorflow' });
  const tensorflow = await trained(first.url);
  assert.equal(await first.stop('SIGTERM'), 0);
  await using second = await startProcess({ DATA_DIR: data.path, ENGINE: 'onnx' });
  const again = await scores(second.url, tensorflow.id);
  // Both compute in single precision, and the last digits tell that they are two.
  assertClose(again, tensorflow.logProb, 1e-4, 'trained on TensorFlow.js');
  assert.notDeepEqual(again, tensorflow.logProb);
  const onnx = await trained(second.url);
  assert.equal(await second.stop('SIGTERM'), 0);
  await using third = await startProcess({ DATA_DIR: data.path, ENGINE: 'tensorflow' });
  assertClose(await scores(third.url, onnx.id), onnx.logProb, 1e-4, 'trained on ONNX Runtime');
  assert.equal(await third.stop('SIGTERM'), 0);
});
