import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { openStore } from '../../src/store/store.ts';
import { forkStore } from '../support/fork-store.ts';
import { silent, temporaryDirectory } from '../support/postgres.ts';

const script = join(import.meta.dirname, '../../scripts/key.ts');

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function key(environment: Record<string, string>, ...parameters: string[]): Promise<Ended> {
  const env = { PATH: process.env['PATH'], ...environment };
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [script, ...parameters], { env })) };
  } catch (error) {
    const { code, stdout, stderr } = Object(error);
    return { code, stdout, stderr };
  }
}

test('keys are made, listed and revoked beside a running service', async () => {
  await using directory = await temporaryDirectory();
  await using service = forkStore(directory.path, 'no work');
  const { opened } = await service.hears('opened');
  const store = await openStore({ databaseUrl: opened, dataDirectory: directory.path, log: silent });
  try {
    const here = { DATA_DIR: directory.path };
    const made = await key(here, ...'create --owner ann --name laptop --scopes read,metrics --expires 90d'.split(' '));
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /^pf_[\w-]{43}\n$/);
    const secret = made.stdout.trim();
    assert.ok(!made.stderr.includes(secret));
    const found = (await store.apiKeys.find(secret)) ?? assert.fail('the service does not know it');
    assert.deepEqual([found.owner, found.scopes], ['ann', ['read', 'metrics']]);
    const [{ name, expiresAt }] = (await store.apiKeys.list({ limit: 1 })).items;
    const days = ((expiresAt?.getTime() ?? 0) - Date.now()) / 86_400_000;
    assert.ok(name === 'laptop' && days > 89.9 && days <= 90, `${name} ${days}`);
    const listed = await key(here, 'list');
    assert.match(listed.stdout, new RegExp(`^${found.id}  ann  read,metrics  created .*"laptop"\n$`));
    assert.ok(!listed.stdout.includes(secret));
    const revoked = await key(here, 'revoke', found.id);
    assert.deepEqual([revoked.code, revoked.stdout], [0, '']);
    assert.equal(await store.apiKeys.find(secret), undefined);
    // The service's database has not been stopped.
    await store.ping();
  } finally {
    await store.close();
  }
});

test('and where no service runs, for it to find', async () => {
  await using directory = await temporaryDirectory();
  const { stdout, code } = await key({ DATA_DIR: directory.path }, 'create', '--owner', 'ann');
  assert.equal(code, 0);
  const store = await openStore({ databaseUrl: undefined, dataDirectory: directory.path, log: silent });
  try {
    const found = await store.apiKeys.find(stdout.trim());
    assert.deepEqual([found?.owner, found?.scopes], ['ann', ['write']]);
    const { databaseUrl } = store;
    const unknown = '01930000-0000-7000-8000-000000000000';
    const refused = await key({ DATABASE_URL: databaseUrl }, 'revoke', unknown);
    assert.deepEqual([refused.code, refused.stderr], [1, `no key has the id "${unknown}"\n`]);
  } finally {
    await store.close();
  }
});

for (const [parameters, message] of [
  ['', /^npm run key -- create --owner NAME/],
  ['create', /^--owner : expected/],
  ['create --owner ann --scopes read,root', /^--scopes read,root: expected some of read,write,metrics,admin$/m],
  ['create --owner ann --expires 2020-01-01', /^--expires 2020-01-01: expected days to come/],
  ['create --owner ann --expires never', /^--expires never: expected/],
  ['create --owner ann --scope read', /--scope/],
  ['list ann', /^npm run key/],
  ['revoke', /^npm run key/],
] as const)
  test(`"${parameters}" is refused, before any database is opened`, async () => {
    const answer = await key({ DATA_DIR: '/nowhere/at/all' }, ...parameters.split(' ').filter(Boolean));
    assert.equal(answer.code, 1);
    assert.match(answer.stderr, message);
    assert.equal(answer.stdout, '');
  });
