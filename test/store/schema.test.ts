import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { startTestStore, type TestStore, temporaryDirectory } from '../support/postgres.ts';

// The client's queries are made from schema.prisma, the tables by the migrations. The two must say the same, and Prisma's
// own comparison needs a program that it would download.

const root = join(import.meta.dirname, '../..');
let testStore: TestStore;
let datamodel: Datamodel;

before(async () => {
  testStore = await startTestStore();
  datamodel = await parseSchema();
});
after(() => testStore[Symbol.asyncDispose]());

interface Field {
  name: string;
  dbName?: string;
  kind: 'scalar' | 'enum' | 'object';
  type: string;
  nativeType: [string, string[]] | null;
  isRequired: boolean;
  isList: boolean;
  isId: boolean;
  hasDefaultValue: boolean;
  relationFromFields?: string[];
  relationToFields?: string[];
  relationOnDelete?: string;
}

interface Datamodel {
  enums: { name: string; dbName: string; values: { name: string }[] }[];
  models: { name: string; dbName: string; fields: Field[]; primaryKey: { fields: string[] } | null }[];
  indexes: { model: string; type: string; fields: { name: string }[] }[];
}

/** schema.prisma as Prisma itself parses it. */
async function parseSchema(): Promise<Datamodel> {
  await using directory = await temporaryDirectory();
  const output = join(directory.path, 'datamodel.json');
  const schemaPath = join(directory.path, 'schema.prisma');
  const provider = `"${process.execPath}" "${join(root, 'test/support/datamodel-generator.ts')}"`;
  const settings = `provider = ${JSON.stringify(provider)}\n output = ${JSON.stringify(output)}`;
  const generator = `generator datamodel {\n ${settings}\n}`;
  const schema = await readFile(join(root, 'prisma/schema.prisma'), 'utf8');
  await writeFile(schemaPath, schema.replace(/^generator client \{.*?^\}/ms, generator));
  await promisify(execFile)(
    process.execPath,
    [join(root, 'node_modules/prisma/build/index.js'), 'generate', '--schema', schemaPath],
    {
      cwd: root,
      env: { ...process.env, CHECKPOINT_DISABLE: '1', PRISMA_SCHEMA_ENGINE_BINARY: process.execPath },
    },
  );
  return JSON.parse(await readFile(output, 'utf8'));
}

const columnTypes: Record<string, string> = {
  String: 'text',
  Int: 'int4',
  BigInt: 'int8',
  Boolean: 'bool',
  Float: 'float8',
  Bytes: 'bytea',
  Uuid: 'uuid',
  Json: 'json',
  'Timestamptz(3)': 'timestamptz(3)',
};

function columnType({ isList, ...field }: Field): string {
  // PostgreSQL's own name of an array's type.
  return isList ? `_${itemType(field)}` : itemType(field);
}

function itemType({ type, nativeType }: Pick<Field, 'type' | 'nativeType'>): string {
  const named = datamodel.enums.find(({ name }) => name === type);
  if (named) return named.dbName;
  const [native, parameters] = nativeType ?? [type, []];
  const key = parameters.length > 0 ? `${native}(${parameters})` : native;
  return columnTypes[key] ?? assert.fail(`no column type is known for ${key}`);
}

const model = (name: string) => datamodel.models.find((candidate) => candidate.name === name) ?? assert.fail(name);

const columnName = (modelName: string, fieldName: string) => {
  const field = model(modelName).fields.find(({ name }) => name === fieldName) ?? assert.fail(fieldName);
  return field.dbName ?? field.name;
};

const query = <Row>(sql: string): Promise<Row[]> => testStore.store.prisma.$queryRawUnsafe<Row[]>(sql);

const sorted = (lines: string[]) => lines.toSorted();

test('the tables have the columns of schema.prisma, with their types, nulls and defaults', async () => {
  const expected = datamodel.models.flatMap(({ dbName, fields }) =>
    fields
      .filter(({ kind }) => kind !== 'object')
      .map((field) => {
        const constraint = field.isRequired ? ' not null' : '';
        const fallback = field.hasDefaultValue ? ' default' : '';
        return `${dbName}.${field.dbName ?? field.name} ${columnType(field)}${constraint}${fallback}`;
      }),
  );
  const columns = await query<{ line: string }>(`
    SELECT table_name || '.' || column_name || ' ' || udt_name
      || CASE WHEN udt_name = 'timestamptz' THEN '(' || datetime_precision || ')' ELSE '' END
      || CASE WHEN is_nullable = 'NO' THEN ' not null' ELSE '' END
      || CASE WHEN column_default IS NULL THEN '' ELSE ' default' END AS line
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'`);
  assert.deepEqual(sorted(columns.map(({ line }) => line)), sorted(expected));
});

test('they have its enumerations', async () => {
  const expected = datamodel.enums.map(({ dbName, values }) => `${dbName}: ${values.map(({ name }) => name)}`);
  const enums = await query<{ line: string }>(`
    SELECT typname || ': ' || string_agg(enumlabel, ',' ORDER BY enumsortorder) AS line
    FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid
    WHERE typnamespace = 'public'::regnamespace GROUP BY typname`);
  assert.deepEqual(sorted(enums.map(({ line }) => line)), sorted(expected));
});

test('they have its keys and indexes', async () => {
  const primary = datamodel.models.map(({ name, dbName, fields, primaryKey }) => {
    const names = primaryKey?.fields ?? fields.filter(({ isId }) => isId).map((field) => field.name);
    return `${dbName}_pkey (${names.map((field) => columnName(name, field)).join(', ')})`;
  });
  const secondary = datamodel.indexes
    .filter(({ type }) => type !== 'id')
    .map(({ model: name, type, fields }) => {
      const names = fields.map((field) => columnName(name, field.name));
      return `${model(name).dbName}_${names.join('_')}_${type === 'unique' ? 'key' : 'idx'} (${names.join(', ')})`;
    });
  const indexes = await query<{ line: string }>(`
    SELECT indexname || ' ' || substring(indexdef FROM '\\(.*\\)') AS line
    FROM pg_indexes WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'`);
  assert.deepEqual(sorted(indexes.map(({ line }) => line)), sorted([...primary, ...secondary]));
});

test('they have its references, and delete along them as it says', async () => {
  const expected = datamodel.models.flatMap(({ name, dbName, fields }) =>
    fields
      .filter(({ relationFromFields }) => relationFromFields && relationFromFields.length > 0)
      .map(({ type, relationFromFields = [], relationToFields = [], relationOnDelete }) => {
        const from = relationFromFields.map((field) => columnName(name, field));
        const to = relationToFields.map((field) => columnName(type, field));
        const onDelete = relationOnDelete === 'SetNull' ? 'SET NULL' : relationOnDelete?.toUpperCase();
        return `${dbName} FOREIGN KEY (${from}) REFERENCES ${model(type).dbName}(${to}) ON UPDATE CASCADE ON DELETE ${onDelete}`;
      }),
  );
  const references = await query<{ line: string }>(`
    SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) AS line
    FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace`);
  assert.deepEqual(sorted(references.map(({ line }) => line)), sorted(expected));
});
