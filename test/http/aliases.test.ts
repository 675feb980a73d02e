import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { operator } from '../../src/store/audit.ts';
import { openStore } from '../../src/store/store.ts';
import { queuedModel, readyModel, startTestApp, type TestApp } from '../support/app.ts';
import { silent } from '../support/postgres.ts';

let service: TestApp;
before(async () => {
  service = await startTestApp();
});
after(() => service[Symbol.asyncDispose]());

const move = (name: string, modelId: string, headers: Record<string, string> = {}) =>
  service.request.put(`/v1/aliases/${name}`).set(headers).send({ modelId });
const rollBack = (name: string) => service.request.post(`/v1/aliases/${name}/rollback`);
const rows = { rows: [[0, 0]] };
const score = (name: string) => service.request.post(`/v1/models/${name}/log-prob`).send(rows);

test('models of one name are its versions, whose numbers are never given twice', async () => {
  await using fresh = await startTestApp();
  const ids = [await readyModel(fresh), await readyModel(fresh), await readyModel(fresh)];
  const version = async (id: string) => (await fresh.request.get(`/v1/models/${id}`).expect(200)).body.version;
  assert.deepEqual(await Promise.all(ids.map(version)), [1, 2, 3]);
  await fresh.request.delete(`/v1/models/${ids[2]}`).expect(204);
  const next = await readyModel(fresh);
  assert.equal(await version(next), 4);
  const listed = async (name: string) =>
    (await fresh.request.get('/v1/models').query({ name }).expect(200)).body.items.map(({ id }: { id: string }) => id);
  assert.deepEqual(await listed('normal'), [next, ids[1], ids[0]]);
  assert.deepEqual(await listed('another'), []);
});

test('an alias stands for a model, wherever its id is taken', async () => {
  const id = await readyModel(service);
  const { body, headers } = await move('stands', id).expect(201);
  assert.equal(headers['location'], '/v1/aliases/stands');
  const { body: model } = await service.request.get(`/v1/models/${id}`).expect(200);
  const { createdAt, movedAt } = body;
  const target = { modelId: id, modelName: 'normal', modelVersion: model.version };
  assert.deepEqual(body, {
    ...{ name: 'stands', ...target, revision: 1, createdAt, movedAt, shadow: null },
    history: [{ ...target, at: movedAt, actor: 'local' }],
  });
  for (const [method, path, sent] of [
    ['get', '/v1/models/ID'],
    ['get', '/v1/models/ID/events'],
    ['get', '/v1/models/ID/sample?n=2'],
    ['post', '/v1/models/ID/sample', { n: 2 }],
    ['post', '/v1/models/ID/log-prob', rows],
    ['post', '/v1/models/ID/anomalies', rows],
    ['post', '/v1/models/ID/drift', rows],
    ['get', '/v1/models/ID/density?x=x&y=y&resolution=3'],
    ['get', '/v1/models/ID/onnx'],
    ['get', '/v2/models/ID'],
    ['get', '/v2/models/ID/ready'],
    ['get', '/v2/models/ID/versions/1/ready'],
    ['post', '/v2/models/ID/infer', { inputs: [{ name: 'rows', shape: [1, 2], datatype: 'FP64', data: [0, 0] }] }],
  ] as const) {
    const [byId, byAlias] = await Promise.all(
      [id, 'stands'].map((name) => service.request[method](path.replace('ID', name)).send(sent).expect(200)),
    );
    assert.equal(byAlias.text, byId.text, path);
    assert.equal(byAlias.headers['model-id'], id, path);
    assert.ok(!('model-id' in byId.headers), path);
  }
  assert.equal((await service.request.post('/v1/models/stands/cancel').expect(409)).body.code, 'model-ended');
});

test('a job that is asked for by an alias works with the model that answered, wherever the alias moves', async () => {
  const [id, next] = [await readyModel(service), await readyModel(service)];
  await move('works', id).expect(201);
  const { body, headers } = await service.request
    .post('/v1/models/works/jobs')
    .send({ kind: 'sample', n: 5 })
    .expect(202);
  assert.deepEqual([body.modelId, headers['model-id']], [id, id]);
  await move('works', next).expect(200);
  assert.equal((await service.request.get(`/v1/jobs/${body.id}`).expect(200)).body.modelId, id);
  // No alias stands for it any more, but the job works with it.
  assert.equal((await service.request.delete(`/v1/models/${id}`).expect(409)).body.code, 'model-in-use');
  await service.request.post(`/v1/jobs/${body.id}/cancel`).expect(202);
  await service.request.delete(`/v1/models/${id}`).expect(204);
});

test('it moves at once, keeps where it was, and goes back one by one', async () => {
  const [first, second, third] = [await readyModel(service), await readyModel(service), await readyModel(service)];
  await move('moves', first).expect(201);
  for (const id of [second, third]) {
    await move('moves', id).expect(200);
    assert.equal((await score('moves').expect(200)).headers['model-id'], id);
  }
  // It does stand for it.
  assert.equal((await move('moves', third).expect(200)).body.history.length, 3);
  for (const id of [second, first]) {
    assert.equal((await rollBack('moves').expect(200)).body.modelId, id);
    assert.equal((await score('moves').expect(200)).headers['model-id'], id);
  }
  assert.equal((await rollBack('moves').expect(409)).body.code, 'no-earlier-model');
  const { body } = await service.request.get('/v1/aliases/moves').expect(200);
  const history = body.history.map(({ modelId }: { modelId: string }) => modelId);
  assert.deepEqual(history, [first, second, third, second, first]);
  // What is deleted is passed over.
  await move('moves', second).expect(200);
  await move('moves', third).expect(200);
  await service.request.delete(`/v1/models/${second}`).expect(204);
  assert.equal((await rollBack('moves').expect(200)).body.modelId, first);
  // By the name of another alias it stands for what that stands for.
  await move('other', third).expect(201);
  assert.equal((await move('moves', 'other').expect(200)).body.modelId, third);
});

test('requests meanwhile are answered by the one or the other, and from the answer on by the new one', async () => {
  const models = [await readyModel(service), await readyModel(service)];
  await move('busy', models[0]).expect(201);
  let moving = true;
  const asking = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (moving) assert.ok(models.includes((await score('busy').expect(200)).headers['model-id']));
    }),
  );
  for (let turn = 1; turn <= 20; turn++) {
    await move('busy', models[turn % 2]).expect(200);
    assert.equal((await score('busy').expect(200)).headers['model-id'], models[turn % 2]);
  }
  moving = false;
  await asking;
});

test('what another process moves is heard of', async () => {
  const [first, second] = [await readyModel(service), await readyModel(service)];
  await move('heard', first).expect(201);
  const { databaseUrl, news } = service.store;
  const other = await openStore({ databaseUrl, dataDirectory: '/nowhere', log: silent });
  try {
    assert.equal((await score('heard').expect(200)).headers['model-id'], first);
    const moved = Promise.withResolvers<void>();
    using _ = news.listen({ happened: ({ what }) => what === 'alias.moved' && moved.resolve(), missed() {} });
    await other.for(operator).aliases.move('heard', second);
    await moved.promise;
    assert.equal((await score('heard').expect(200)).headers['model-id'], second);
  } finally {
    await other.close();
  }
});

test('a model for which an alias stands is not deleted', async () => {
  const id = await readyModel(service);
  for (const name of ['kept', 'kept-too']) await move(name, id).expect(201);
  for (const name of [id, 'kept']) {
    const { body } = await service.request.delete(`/v1/models/${name}`).expect(409);
    assert.equal(body.code, 'model-aliased');
    assert.match(body.detail, /in use by the alias "kept", "kept-too": move/);
  }
  for (const name of ['kept', 'kept-too']) await service.request.delete(`/v1/aliases/${name}`).expect(204);
  await service.request.get('/v1/aliases/kept').expect(404);
  assert.equal((await score('kept').expect(404)).body.detail, 'No model has the id or alias "kept".');
  await service.request.delete(`/v1/models/${id}`).expect(204);
});

test('of those who delete a model and let an alias stand for it, one succeeds', async () => {
  for (let turn = 0; turn < 10; turn++) {
    const id = await readyModel(service);
    const [moved, deleted] = await Promise.all([move(`raced-${turn}`, id), service.request.delete(`/v1/models/${id}`)]);
    assert.ok(
      (moved.status === 201 && deleted.status === 409) || (moved.status === 404 && deleted.status === 204),
      `${moved.status} and ${deleted.status}`,
    );
  }
});

test('it is changed only as it is known, where that is asked for', async () => {
  const [first, second] = [await readyModel(service), await readyModel(service)];
  await move('known', first, { 'if-match': '*' }).expect(412);
  await move('known', first, { 'if-none-match': '*' }).expect(201);
  await move('known', first, { 'if-none-match': '*' }).expect(412);
  const { headers } = await service.request.get('/v1/aliases/known').expect(200);
  await service.request.get('/v1/aliases/known').set('if-none-match', headers['etag']).expect(304);
  await move('known', second, { 'if-match': headers['etag'] }).expect(200);
  const late = await move('known', first, { 'if-match': headers['etag'] }).expect(412);
  assert.equal(late.body.code, 'precondition-failed');
  assert.match(late.body.detail, /it has the revision 2/);
  for (const change of [rollBack('known'), service.request.delete('/v1/aliases/known')])
    await change.set('if-match', headers['etag']).expect(412);
  await rollBack('known').set('if-match', '"1", "2"').expect(200);
});

test('what cannot be an alias, or stand for a model, is refused', async () => {
  const id = await readyModel(service);
  const { id: queued } = await queuedModel(service);
  assert.equal((await move(id, id).expect(422)).body.code, 'invalid-alias');
  for (const name of ['-x', 'a%20b', '%C3%BC']) await move(name, id).expect(400);
  assert.equal((await move('x', queued).expect(409)).body.code, 'model-not-ready');
  assert.equal((await move('x', '01930000-0000-7000-8000-000000000000').expect(404)).body.code, 'model-not-found');
  assert.equal((await move('x', 'nothing').expect(404)).body.code, 'alias-not-found');
  await service.request.get('/v1/aliases/x').expect(404);
  await rollBack('x').expect(404);
  await service.request.delete('/v1/aliases/x').expect(404);
  const { body } = await service.request.get('/v2/models/x').expect(404);
  assert.deepEqual(body, { error: 'No model has the id or alias "x".' });
});

test('each change stands in the audit trail', async () => {
  const [first, second] = [await readyModel(service), await readyModel(service)];
  await move('told', first).expect(201);
  await move('told', second).expect(200);
  await rollBack('told').expect(200);
  await service.request.delete('/v1/aliases/told').expect(204);
  const { items } = (await service.request.get('/v1/audit?limit=4').expect(200)).body;
  assert.deepEqual(
    items.map(({ action, details }: { action: string; details: object }) => [action, details]),
    [
      ['alias.deleted', { name: 'told' }],
      ['alias.moved', { name: 'told', modelId: first }],
      ['alias.moved', { name: 'told', modelId: second }],
      ['alias.created', { name: 'told', modelId: first }],
    ],
  );
  assert.equal(new Set(items.map(({ subjectId }: { subjectId: string }) => subjectId)).size, 1);
});
