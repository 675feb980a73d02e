import assert from 'node:assert/strict';
import { test } from 'node:test';
import { booleanTexts, missingTexts } from '../../src/table/cells.ts';
import { TableError } from '../../src/table/errors.ts';
import type { ColumnOptions } from '../../src/table/kinds.ts';
import { readRows } from '../../src/table/matrix.ts';
import type { TableFormat } from '../../src/table/spool.ts';
import { collect, numbered, readBody, spoolDirectory, type tableLimits } from '../support/tables.ts';

interface Options {
  readonly columns?: readonly ColumnOptions[];
  readonly format?: TableFormat;
  readonly limits?: Partial<typeof tableLimits>;
}

async function read(body: string, { columns = [], format, limits }: Options = {}) {
  await using spool = await spoolDirectory();
  await using table = await readBody(spool.path, body, format, limits, { columns });
  const names = table.columns.map(({ name }) => name);
  const range = { offset: 0, limit: table.rowCount };
  const rows = (await collect(readRows(numbered(table.parts()), names, range))).flat();
  return { ...table, rows };
}

const csvOf = (cells: readonly unknown[]) => `a,b\n${cells.map((cell) => `${cell},1\n`).join('')}`;
const jsonOf = (cells: readonly unknown[]) =>
  JSON.stringify({ columns: ['a', 'b'], rows: cells.map((cell) => [cell, 1]) });

/** The first column of a table of these cells, and what comes back of them. */
async function column(cells: readonly unknown[], options: Options = {}) {
  const body = options.format === 'json' ? jsonOf(cells) : csvOf(cells);
  const { columns, rows, warnings } = await read(body, options);
  return { ...columns[0], warnings, cells: rows.map(([cell]) => cell) };
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `name ${index}`);
const repeated = (cells: readonly unknown[], times: number) => Array.from({ length: times }, () => cells).flat();

interface Inferred {
  readonly cells: readonly unknown[];
  readonly format?: TableFormat;
  readonly kind: string;
  readonly reason: string | RegExp;
  readonly back?: readonly unknown[];
}

const inferred: Record<string, Inferred> = {
  'whole numbers': {
    cells: [1, '-2', ' 3', '+4', '5.0', '1e3'],
    kind: 'integer',
    reason: 'whole numbers',
    back: [1, -2, 3, 4, 5, 1000],
  },
  'numbers with fractions': {
    cells: ['1', '.5', '2.'],
    kind: 'continuous',
    reason: 'numbers with fractions',
    back: [1, 0.5, 2],
  },
  'whole numbers beyond doubles': {
    cells: ['1', '9007199254740994'],
    kind: 'continuous',
    reason: 'numbers with fractions',
  },
  'numbers that are quoted': { cells: ['"1"', '"2"'], kind: 'integer', reason: 'whole numbers', back: [1, 2] },
  'numbers with gaps, after many rows': {
    cells: [...repeated([1], 30_000), ' NA', '2'],
    kind: 'integer',
    reason: 'whole numbers',
    back: [...repeated([1], 30_000), null, 2],
  },
  texts: {
    cells: ['b', '"a,x"', 'b ', '"say ""b"""'],
    kind: 'categorical',
    reason: '3 different texts, at most MAX_CATEGORIES=100',
    back: ['b', 'a,x', 'b', 'say "b"'],
  },
  'fewer than nine numbers in ten': {
    cells: [1, 2, 3, 4, 5, 6, 7, 8, 'x', 'x'],
    kind: 'categorical',
    reason: /^9 different texts/,
    back: ['1', '2', '3', '4', '5', '6', '7', '8', 'x', 'x'],
  },
  'texts that differ in case': {
    cells: ['a', 'A'],
    kind: 'categorical',
    reason: /^2 different texts/,
    back: ['a', 'A'],
  },
  'digits in groups': {
    cells: ['1_000', '1_000'],
    kind: 'categorical',
    reason: /^1 different texts/,
    back: ['1_000', '1_000'],
  },
  'truths of several pairs': { cells: ['yes', 'false'], kind: 'categorical', reason: /^2 different texts/ },
  'JSON booleans': {
    cells: [true, null, false],
    format: 'json',
    kind: 'boolean',
    reason: 'true and false',
    back: [true, null, false],
  },
  'JSON texts that are numbers': {
    cells: ['007', '1'],
    format: 'json',
    kind: 'categorical',
    reason: /^2 different texts/,
    back: ['007', '1'],
  },
  'JSON texts that say true and false': {
    cells: ['Yes', 'no'],
    format: 'json',
    kind: 'boolean',
    reason: 'texts for true and false',
    back: [true, false],
  },
  'JSON numbers and texts that are numbers': {
    cells: [1, '2.5', null],
    format: 'json',
    kind: 'continuous',
    reason: 'numbers with fractions',
    back: [1, 2.5, null],
  },
  'JSON of several types': {
    cells: [1, true, 'x'],
    format: 'json',
    kind: 'categorical',
    reason: /^3 different texts/,
    back: ['1', 'true', 'x'],
  },
  nothing: { cells: ['', 'NA'], kind: 'continuous', reason: 'every cell is missing', back: [null, null] },
};

for (const [what, { cells, format, kind, reason, back }] of Object.entries(inferred))
  test(`a column of ${what} is ${kind}`, async () => {
    const got = await column(cells, { ...(format && { format }) });
    assert.deepEqual([got.kind, got.ignored], [kind, false]);
    if (reason instanceof RegExp) assert.match(got.reason, reason);
    else assert.equal(got.reason, reason);
    if (back) assert.deepEqual(got.cells, back);
  });

for (const [yes, no] of booleanTexts)
  test(`a column of ${yes} and ${no}, in any case, is boolean`, async () => {
    const got = await column([yes, no.toUpperCase(), no, ' ', `${yes[0].toUpperCase()}${yes.slice(1)}`, no]);
    assert.deepEqual([got.kind, got.reason, got.missingCount], ['boolean', 'texts for true and false', 1]);
    assert.deepEqual(got.cells, [true, false, false, null, true, false]);
    assert.deepEqual(got.summary, {
      categories: [
        { value: false, count: 3 },
        { value: true, count: 2 },
      ],
      distinctCount: 2,
    });
  });

for (const text of missingTexts)
  test(`${JSON.stringify(text)} is a missing cell among numbers, texts and truths, with spaces and quotes too`, async () => {
    for (const [good, kind, value] of [
      [1.5, 'continuous', 1.5],
      ['x', 'categorical', 'x'],
      ['true', 'boolean', true],
    ] as const)
      for (const cell of [text, ` ${text}`, `\t${text} `, `"${text}"`]) {
        const got = await column([good, cell]);
        assert.deepEqual([got.kind, got.missingCount, got.cells], [kind, 1, [value, null]], JSON.stringify(cell));
      }
    const json = await column(['x', text, null], { format: 'json' });
    assert.deepEqual([json.kind, json.cells], ['categorical', ['x', null, null]]);
  });

test('a text that is not quite one for a missing cell is a category', async () => {
  const texts = ['none', 'na', 'Null', '--', '??'];
  assert.deepEqual((await column(texts)).cells, texts);
});

test('categories are those that occur, the most frequent first, equally frequent ones in order', async () => {
  const { summary } = await column(['b', 'c', 'a', 'c', '', 'a', 'ä']);
  assert.deepEqual(summary, {
    categories: [
      { value: 'a', count: 2 },
      { value: 'c', count: 2 },
      { value: 'b', count: 1 },
      { value: 'ä', count: 1 },
    ],
    distinctCount: 4,
  });
});

test('texts are categories up to a limit, and identifiers or too many beyond it', async () => {
  const limits = { maxCategories: 10 };
  const within = await column(repeated(names(10), 3), { limits });
  assert.deepEqual([within.kind, within.ignored], ['categorical', false]);
  const beyond = await column(repeated(names(11), 3), { limits });
  assert.deepEqual(
    [beyond.kind, beyond.ignored, beyond.reason, beyond.summary],
    ['categorical', true, 'more different texts than MAX_CATEGORIES=10', { categories: [], distinctCount: 11 }],
  );
  assert.equal(beyond.warnings[0], 'Column "a" is ignored: it has more different texts than MAX_CATEGORIES=10 allows.');
  assert.deepEqual(beyond.cells, repeated(names(11), 3));
  const identifier = await column([...names(30), 'name 1'], { limits });
  assert.deepEqual([identifier.ignored, identifier.reason], [true, 'an identifier: (nearly) all texts are different']);
  assert.equal(
    identifier.warnings[0],
    'Column "a" is ignored: it looks like an identifier: (nearly) all of its texts are different.',
  );
});

const dates = {
  '2024-02-29': 19_782,
  '1969-12-31': -1,
  '2024-02-29T12:00': 19_782.5,
  '2024-02-29 06:00:00.000': 19_782.25,
  '2024-02-29T18:00:00Z': 19_782.75,
  '2024-02-29T18:00:00+06:00': 19_782.5,
  '2024-02-29T18:00:00-0600': 19_783,
};

test('dates are ignored with a warning, and days since 1970-01-01 when asked', async () => {
  const texts = Object.keys(dates);
  for (const format of ['csv', 'json'] as const) {
    const got = await column(texts, { format });
    assert.deepEqual([got.kind, got.ignored, got.reason, got.cells], ['categorical', true, 'dates', texts]);
    assert.equal(
      got.warnings[0],
      'Column "a" is ignored: it holds dates. With "kind": "continuous" they are days since 1970-01-01.',
    );
    const asked = await column(texts, { format, columns: [{ name: 'a', kind: 'continuous' }] });
    assert.deepEqual([asked.kind, asked.ignored, asked.reason], ['continuous', false, 'as asked']);
    assert.deepEqual(asked.cells, Object.values(dates));
  }
  const days = await column(['2024-02-29', '', '2024-03-01'], { columns: [{ name: 'a', kind: 'integer' }] });
  assert.deepEqual([days.kind, days.cells], ['integer', [19_782, null, 19_783]]);
});

test('what looks like a date but is none is a text', async () => {
  const texts = ['2024-02-30', '2023-02-29', '24-02-29', '2024-2-9', '2024-01-01T', '2024-01-01T25:00'];
  const got = await column(texts);
  assert.deepEqual([got.kind, got.ignored, got.cells], ['categorical', false, texts]);
});

interface Asked extends Inferred {
  readonly asked: Omit<ColumnOptions, 'name'>;
  readonly ignored?: boolean;
}

const asAsked: Record<string, Asked> = {
  'whole numbers as continuous': {
    cells: [1, 2],
    asked: { kind: 'continuous' },
    kind: 'continuous',
    reason: 'as asked',
    back: [1, 2],
  },
  'numbers in texts as continuous': {
    cells: ['1', '2.5'],
    format: 'json',
    asked: { kind: 'continuous' },
    kind: 'continuous',
    reason: 'as asked',
    back: [1, 2.5],
  },
  'JSON booleans as integer': {
    cells: [true, false],
    format: 'json',
    asked: { kind: 'integer' },
    kind: 'integer',
    reason: 'as asked',
    back: [1, 0],
  },
  'whole numbers as categorical': {
    cells: [3, 1, '', 3],
    asked: { kind: 'categorical' },
    kind: 'categorical',
    reason: 'as asked',
    back: [3, 1, null, 3],
  },
  'leading zeros as categorical': {
    cells: ['01', '1', '10'],
    asked: { kind: 'categorical' },
    kind: 'categorical',
    reason: 'as asked',
    back: ['01', '1', '10'],
  },
  'fractions as categorical': {
    cells: ['1.50', '2'],
    asked: { kind: 'categorical' },
    kind: 'categorical',
    reason: 'as asked',
    back: ['1.50', '2'],
  },
  'JSON fractions as categorical': {
    cells: [1.5, 2],
    format: 'json',
    asked: { kind: 'categorical' },
    kind: 'categorical',
    reason: 'as asked',
    back: [1.5, 2],
  },
  'numbers and a few texts as categorical': {
    cells: [...repeated([1], 20), 'x'],
    asked: { kind: 'categorical' },
    kind: 'categorical',
    reason: 'as asked',
    back: [...repeated(['1'], 20), 'x'],
  },
  'truths as categorical': {
    cells: ['yes', 'No'],
    asked: { kind: 'categorical' },
    kind: 'categorical',
    reason: 'as asked',
    back: ['yes', 'No'],
  },
  'dates as categorical': {
    cells: ['2024-01-01', '2024-01-01'],
    asked: { kind: 'categorical' },
    kind: 'categorical',
    reason: 'as asked',
  },
  'ones and zeros as boolean': {
    cells: [1, 0, '', 1],
    asked: { kind: 'boolean' },
    kind: 'boolean',
    reason: 'as asked',
    back: [true, false, null, true],
  },
  'truths of several pairs as boolean': {
    cells: ['yes', 'F', '0'],
    asked: { kind: 'boolean' },
    kind: 'boolean',
    reason: 'as asked',
    back: [true, false, false],
  },
  'what is ignored as asked': {
    cells: [1, 2],
    asked: { ignore: true },
    kind: 'integer',
    reason: 'ignored as asked',
    ignored: true,
    back: [1, 2],
  },
  'numbers and a few texts, ignored': {
    cells: [...repeated([1], 20), 'x'],
    asked: { ignore: true },
    kind: 'categorical',
    reason: 'ignored as asked',
    ignored: true,
    back: [...repeated(['1'], 20), 'x'],
  },
  'more values than may be categories, ignored': {
    cells: Array.from({ length: 200 }, (_, value) => value),
    asked: { kind: 'categorical', ignore: true },
    kind: 'categorical',
    reason: 'as asked',
    ignored: true,
  },
};

for (const [what, { cells, format, asked, kind, reason, ignored = false, back }] of Object.entries(asAsked))
  test(`${what}`, async () => {
    const got = await column(cells, { columns: [{ name: 'a', ...asked }], ...(format && { format }) });
    assert.deepEqual([got.kind, got.reason, got.ignored], [kind, reason, ignored]);
    assert.deepEqual(
      got.warnings.filter(
        (warning) => !warning.includes('"b"') && !warning.includes('constant') && !warning.includes('missing'),
      ),
      [],
    );
    if (back) assert.deepEqual(got.cells, back);
  });

test('bounds are kept', async () => {
  const { columns } = await read('a,b,c\n0,1,2\n0.5,1,2\n', {
    columns: [
      { name: 'a', lower: 0, upper: 0.5 },
      { name: 'c', lower: -1 },
    ],
  });
  assert.deepEqual(
    columns.map(({ kind, lower, upper }) => [kind, lower, upper]),
    [
      ['continuous', 0, 0.5],
      ['integer', undefined, undefined],
      ['integer', -1, undefined],
    ],
  );
});

interface Refused {
  readonly cells: readonly unknown[];
  readonly asked: Omit<ColumnOptions, 'name'>;
  readonly format?: TableFormat;
  readonly code: string;
  readonly message: string;
  readonly path?: string;
}

const refused: Record<string, Refused> = {
  'a text in what was asked to be continuous': {
    cells: [1, 'x'],
    asked: { kind: 'continuous' },
    code: 'not-a-number',
    message: 'Data row 2, column "a": expected a number, got "x".',
  },
  'a truth in what was asked to be integer': {
    cells: ['yes'],
    asked: { kind: 'integer' },
    code: 'not-a-number',
    message: 'Data row 1, column "a": expected a number, got "yes".',
  },
  'an infinite text in what was asked to be continuous': {
    cells: [1, 'x', 'inf'],
    asked: { kind: 'continuous' },
    code: 'not-a-number',
    message: 'Data row 2, column "a": expected a number, got "x".',
  },
  'a fraction in what was asked to be integer': {
    cells: [1, '', 2.5],
    asked: { kind: 'integer' },
    code: 'not-an-integer',
    message: 'Data row 3, column "a": expected a whole number, got 2.5.',
  },
  'a number in what was asked to be boolean': {
    cells: [0, 1, 2],
    asked: { kind: 'boolean' },
    code: 'not-a-boolean',
    message: 'Data row 3, column "a": expected true or false, yes or no, or 1 or 0, got 2.',
  },
  'a text in what was asked to be boolean, as JSON': {
    cells: [true, 'maybe'],
    format: 'json',
    asked: { kind: 'boolean' },
    code: 'not-a-boolean',
    message: 'Expected true or false, yes or no, or 1 or 0, got "maybe".',
    path: '/rows/1/0',
  },
  'more categories than allowed': {
    cells: names(101),
    asked: { kind: 'categorical' },
    code: 'too-many-categories',
    message: 'Column "a" has more different values than MAX_CATEGORIES=100 allows.',
  },
  'more numbers for categories than allowed': {
    cells: names(101).map((_, index) => index),
    asked: { kind: 'categorical' },
    code: 'too-many-categories',
    message: 'Column "a" has more different values than MAX_CATEGORIES=100 allows.',
  },
  'a number below its bound': {
    cells: [0, 1, -0.5],
    asked: { lower: 0 },
    code: 'out-of-bounds',
    message: 'Data row 3, column "a": expected at least 0, got -0.5.',
  },
  'a number above its bound': {
    cells: [0, 3, 5],
    asked: { upper: 2 },
    code: 'out-of-bounds',
    message: 'Data row 2, column "a": expected at most 2, got 3.',
  },
  'a number outside both': {
    cells: [0, 3],
    asked: { lower: 0, upper: 2 },
    format: 'json',
    code: 'out-of-bounds',
    message: 'Expected a number from 0 to 2, got 3.',
    path: '/rows/1/0',
  },
  'bounds of texts': {
    cells: ['x'],
    asked: { lower: 0 },
    code: 'column-options',
    message: 'Column "a" is categorical: only numbers have bounds.',
    path: '/columns',
  },
};

for (const [what, { cells, asked, format, code, message, path }] of Object.entries(refused))
  test(`${what} is refused`, async () => {
    await assert.rejects(column(cells, { columns: [{ name: 'a', ...asked }], ...(format && { format }) }), (error) => {
      assert.ok(error instanceof TableError, String(error));
      assert.deepEqual([error.code, error.message, error.path], [code, message, path]);
      return true;
    });
  });

test('options of a column that is not there are refused', async () => {
  await assert.rejects(read('a,b\n1,2\n', { columns: [{ name: 'b' }, { name: 'c', ignore: true }] }), {
    code: 'unknown-column',
    message: 'The table has no column "c": its columns are ["a","b"].',
    path: '/columns/1/name',
  });
});

test('a table of texts alone is taken, its first line as names', async () => {
  const { columns, rows } = await read('name;city\nAda;London\nEmmy;Erlangen\n');
  assert.deepEqual(
    columns.map(({ name, kind }) => [name, kind]),
    [
      ['name', 'categorical'],
      ['city', 'categorical'],
    ],
  );
  assert.deepEqual(rows, [
    ['Ada', 'London'],
    ['Emmy', 'Erlangen'],
  ]);
});

test('JSON says of columns what they are, in rows for all, in records for some', async () => {
  const rows = await read('{"columns":["a",{"name":"b","kind":"categorical"}],"rows":[[1,2],[3,2]]}', {
    format: 'json',
  });
  // What is said beside the body holds; the helper says nothing of any column.
  assert.deepEqual(
    rows.columns.map(({ name }) => name),
    ['a', 'b'],
  );
  const records = await read('{"columns":[{"name":"b"}],"records":[{"a":1,"b":2},{"a":3}]}', { format: 'json' });
  assert.deepEqual(
    [records.columns.map(({ name }) => name), records.rows],
    [
      ['b', 'a'],
      [
        [2, 1],
        [null, 3],
      ],
    ],
  );
  await assert.rejects(read('{"columns":["b"],"records":[{"a":1,"b":2}]}', { format: 'json' }), {
    message: 'Unknown column "a": expected b.',
    path: '/records/0',
  });
});

test('lines of JSON hold columns of all kinds, as arrays and as objects', async () => {
  const rows = [
    [1, 'a,"b"', true, 'x'],
    [null, 'line\nbreak', null, 2],
    [2.5, '\u2028 ☂', false, true],
  ];
  const lines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');
  const objects = rows.map(([n, text, truth, mixed]) => ({ n, text, truth, mixed }));
  for (const body of [
    lines([['n', 'text', 'truth', 'mixed'], ...rows]),
    `\n${lines(objects)}`,
    lines([...objects.slice(0, 1), { mixed: 2, text: 'line\nbreak' }, ...objects.slice(2)]),
    lines([['text', 'n', 'truth', 'mixed'], ...rows.map(([n, text, ...rest]) => [text, n, ...rest])]),
  ]) {
    const table = await read(body, { format: 'ndjson' });
    const names = table.columns.map(({ name }) => name);
    const place = (name: string) => names.indexOf(name);
    assert.deepEqual(
      ['n', 'text', 'truth', 'mixed'].map((name) => table.columns[place(name)].kind),
      ['continuous', 'categorical', 'boolean', 'categorical'],
    );
    assert.deepEqual(
      table.rows.map((row) => ['n', 'text', 'truth', 'mixed'].map((name) => row[place(name)])),
      rows.map(([n, text, truth, mixed]) => [n, text, truth, String(mixed)]),
    );
  }
});
