import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { parseHTML } from 'linkedom';
import type { ReportContent } from '../../src/report/content.ts';
import { html } from '../../src/report/html.ts';
import { reportPage } from '../../src/report/page.ts';
import { contentSecurityPolicy } from '../../src/report/style.ts';

const hostile = `<script>alert("1")</script><img src=x onerror='alert(2)'> & "`;

const line = { column: hostile, kind: 'continuous', values: [0.5, 1.5, 2.5], width: 1 };
const places = { column: 'place', kind: 'categorical', values: [hostile, 'b', null], width: 1 };
const density = [
  [0.1, 0.2, 0.1],
  [0.2, 0.1, 0.1],
  [0, 0.1, 0.1],
];
const content: ReportContent = {
  id: '01930000-0000-7000-8000-000000000000',
  name: hostile,
  createdAt: '2026-01-02T03:04:05.000Z',
  finishedAt: undefined,
  madeAt: '2026-01-02T03:04:06.000Z',
  dataset: { id: '01930000-0000-7000-8000-000000000001', name: hostile, rowCount: 10 },
  columns: [hostile, 'place'],
  context: [hostile],
  parameterCount: 4,
  flow: { layers: [hostile] },
  metrics: {
    testLogProb: -1,
    twoSample: { coefficient: 0.01, pValue: 0.4, rows: [5, 5], permutations: 199 },
    calibration: {
      columns: [{ column: hostile, statistic: 0.9, pValue: 1e-9, coverage: [], histogram: [5, 0] }],
      effectiveRows: 5,
    },
  },
  warnings: [hostile],
  progress: [
    { step: 1, trainLogProb: -3, validationLogProb: -4 },
    { step: 2, trainLogProb: -2, validationLogProb: -3 },
  ],
  densities: {
    marginals: [
      {
        marginal: { x: line, density: [0.2, 0.5, 0.3], standardError: [0.1, 0.1, 0.1] },
        rows: { summary: { histogram: { edges: [0, 1, 3], counts: [5, 5] } }, rowCount: 10, missingCount: 0 },
      },
      {
        marginal: { x: places, density: [0.5, 0.3, 0.2] },
        rows: { summary: { categories: [{ value: hostile, count: 5 }] }, rowCount: 10, missingCount: 5 },
      },
    ],
    joints: [
      { x: line, y: { ...line, column: 'other' }, density },
      { x: places, y: line, density },
      { x: line, y: places, density },
      { x: places, y: { ...places, column: 'also' }, density },
    ],
    given: { [hostile]: hostile },
  },
  request: { name: hostile },
  isRace: true,
};

test('what is put into HTML is text, unless it is HTML', () => {
  assert.equal(
    html`<b title="${`"'`}">${'<&>'}${[html`<i>`, 1]}${undefined}</b>`.text,
    '<b title="&#34;&#39;">&#60;&#38;&#62;<i>1</b>',
  );
});

test('a report says all, and nothing in it runs or is fetched, whatever columns are called', () => {
  const page = reportPage(content);
  const { document } = parseHTML(page);
  for (const name of ['script', 'img', 'image', 'iframe', 'object', 'link', 'base', 'form', 'use'])
    assert.equal(document.querySelectorAll(name).length, 0, name);
  for (const element of document.querySelectorAll('*'))
    for (const { name, value } of element.attributes)
      assert.ok(!/^(on|style$|href$|src$)/.test(name) && !/(javascript|https?):/.test(value), `${name}="${value}"`);
  assert.equal(document.title, `${hostile} · report of a model`);
  assert.equal(document.querySelector('h1').textContent, hostile);
  const headings = [...document.querySelectorAll('h2')].map(({ textContent }) => textContent);
  assert.deepEqual(headings, [
    'What was noticed',
    'How good it is',
    'What tests say',
    'Training',
    'Calibration',
    'Each column by itself',
    'Columns together',
    'The flow',
    'To have it again',
  ]);
  // The training, a calibration, two marginals, and four pairs, each with a label.
  assert.equal(document.querySelectorAll('[role=img] svg.plot').length, 8);
  assert.ok([...document.querySelectorAll('[role=img]')].every((each) => each.getAttribute('aria-label')?.length > 10));
});

test('its only style is that which its policy names', () => {
  const page = reportPage(content);
  const styles = [...page.matchAll(/<style>(.*?)<\/style>/gs)].map(([, style]) => style);
  assert.equal(styles.length, 1);
  const hash = createHash('sha256').update(styles[0]).digest('base64');
  assert.ok(contentSecurityPolicy.includes(`style-src 'sha256-${hash}'`));
  assert.match(contentSecurityPolicy, /^default-src 'none'/);
  const { document } = parseHTML(page);
  assert.equal(document.querySelector('meta[http-equiv]').getAttribute('content'), contentSecurityPolicy);
});

test('what is not known is left out, or said to be', () => {
  const page = reportPage({
    ...content,
    name: 'bare',
    dataset: undefined,
    metrics: {},
    warnings: [],
    progress: [],
    densities: { marginals: [], joints: [], given: {}, missing: 'Unknown.' },
  });
  const { document } = parseHTML(page);
  const headings = [...document.querySelectorAll('h2')].map(({ textContent }) => textContent);
  assert.deepEqual(headings, ['Density', 'The flow', 'To have it again']);
  assert.match(page, /a dataset that is deleted/);
});
