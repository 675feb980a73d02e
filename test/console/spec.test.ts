import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parser } from '@lezer/json';
import { explanationAt, suggestionsAt } from '../../console/src/pages/new-model/spec/completion.ts';
import { brokenRange, rangeAt } from '../../console/src/pages/new-model/spec/places.ts';
import { folded, print } from '../../console/src/pages/new-model/spec/print.ts';
import { specSchema } from '../../console/src/pages/new-model/spec/schema.ts';
import { presets } from '../../src/flow/presets.ts';
import { resolveFlow } from '../../src/flow/spec.ts';
import { flowCatalogue } from '../../src/http/flow-catalogue.ts';

const schema = specSchema(flowCatalogue());

/** The text without the bar that says where the cursor is, and what may be written there. */
function suggest(marked: string) {
  const position = marked.indexOf('|');
  const text = marked.replace('|', '');
  const found = suggestionsAt({ tree: parser.parse(text), text, schema }, position);
  return { text, options: [], ...found };
}
const labels = (marked: string) => suggest(marked).options.map(({ label }) => label);

describe('a JSON pointer leads to its place in the text', () => {
  const text = `{
  "base": {"type": "cauchy"},
  "layers": [
    {"type": "coupling", "hiden": [3]},
    {"repeat": 2, "layers": [
      {"type": "lu"},
      {"type": "coupling", "a/b~c": 1, "bins": 1}
    ]}
  ]
}`;
  for (const [pointer, expected] of [
    ['/base/type', '"type": "cauchy"'],
    ['/layers/0/hiden', '"hiden": [3]'],
    ['/layers/0', '{"type": "coupling", "hiden": [3]}'],
    ['/layers/1/layers/1/bins', '"bins": 1'],
    ['/layers/1/layers/1/a~1b~0c', '"a/b~c": 1'],
    // What goes on over several lines is marked in its first.
    ['/layers/1', '{"repeat": 2, "layers": ['],
    ['', '{'],
    // What is not there: the last that is.
    ['/layers/0/layers', '{"type": "coupling", "hiden": [3]}'],
    ['/layers/7/type', '"layers": ['],
  ] as const)
    test(`"${pointer}"`, () => {
      const { from, to } = rangeAt(parser.parse(text), text, pointer);
      assert.equal(text.slice(from, to), expected);
    });

  test('in a text that is broken further down', () => {
    const broken = '{"layers": [{"type": "copling"}, {"type": ';
    const { from, to } = rangeAt(parser.parse(broken), broken, '/layers/0/type');
    assert.equal(broken.slice(from, to), '"type": "copling"');
  });

  test('and what is no JSON is marked where it begins', () => {
    const broken = '{"layers": [}]}';
    assert.equal(brokenRange(parser.parse(broken), broken).from, broken.indexOf('}'));
    assert.deepEqual(brokenRange(parser.parse(''), ''), { from: 0, to: 1 });
  });
});

describe('what may be written', () => {
  const types = flowCatalogue().layers.map(({ type }) => type);
  const couplingKeys = Object.keys(Object(flowCatalogue().layers[0].schema).properties).filter((key) => key !== 'type');

  for (const [where, marked, expected] of [
    ['at the root', '{|}', ['layers', 'base', 'categorical']],
    ['at the root, but not twice', '{"base": {}, |}', ['layers', 'categorical']],
    ['in a layer of a type', '{"layers": [{"type": "coupling", "|"}]}', couplingKeys],
    ['in a layer whose type comes later', '{"layers": [{"|", "type": "lu"}]}', ['inverse']],
    ['of what begins like it', '{"layers": [{"type": "coupling", "act|"}]}', ['activation']],
    ['in a layer of no type yet', '{"layers": [{|}]}', ['type', 'repeat', 'layers']],
    ['in a repetition', '{"layers": [{"repeat": 2, "|"}]}', ['layers']],
    ['as an element of layers', '{"layers": [|]}', [...types, 'inverse', 'repeat']],
    ['as an element after others', '{"layers": [{"type": "lu"}, |]}', [...types, 'inverse', 'repeat']],
    ['as the type of a layer', '{"layers": [{"type": "|"}]}', [...types, 'inverse']],
    ['as a type that is begun', '{"layers": [{"type": "coup|"}]}', ['coupling']],
    ['as one of some values', '{"layers": [{"type": "coupling", "transform": |}]}', ['affine', 'additive', 'spline']],
    ['as a truth', '{"layers": [{"type": "coupling", "inverse": t|}]}', ['true']],
    ['in an inverse', '{"layers": [{"type": "inverse", "layer": {"type": "radi|"}}]}', ['radial']],
    ['in layers in layers', '{"layers": [{"repeat": 2, "layers": [{"type": "lu", |}]}]}', ['inverse']],
    ['as the type of the base', '{"base": {"type": "|"}}', flowCatalogue().bases.map(({ type }) => type)],
    ['in the networks of categories', '{"categorical": {"hid|"}}', ['hidden']],
    ['where nothing is known', '{"layers": [{"type": "lu", "other": {|}}]}', []],
    ['after a value', '{"layers": [] |}', []],
    ['in nothing', '|', []],
  ] as const)
    test(where, () => assert.deepEqual(labels(marked), expected));

  test('takes the place of what is there, quotes included, and brings its value', () => {
    const { text, from = 0, to, options } = suggest('{"layers": [{"type": "coupling", "tran|s"}]}');
    assert.equal(text.slice(from, to), '"trans"');
    assert.deepEqual([options[0].label, options[0].template], ['transform', '"transform": #{1:"affine"}']);
    assert.match(options[0].detail, /^one of affine, additive, spline, by default "affine"$/);
    assert.match(options[0].info, /monotone rational-quadratic/);
  });

  test('is everything where the word there is of nothing, if one asks', () => {
    const text = '{"layers": [{"type": "copling"}]}';
    const input = { tree: parser.parse(text), text, schema };
    const position = text.indexOf('ing');
    assert.equal(suggestionsAt(input, position), undefined);
    assert.equal(suggestionsAt(input, position, { isAsked: true })?.options.length, types.length + 1);
  });

  test('is a name alone where its value follows', () => {
    const [option] = suggest('{"layers": [{"type": "coupling", "transf|orm": "spline"}]}').options;
    assert.equal(option.template, '"transform"');
  });
});

test('names and types are explained', () => {
  const explain = (marked: string) => {
    const text = marked.replace('|', '');
    return explanationAt({ tree: parser.parse(text), text, schema }, marked.indexOf('|'));
  };
  assert.deepEqual(explain('{"layers": [{"type": "planar", "dro|pout": 0}]}')?.lines, [
    'Units left out in training',
    'number, at least 0, below 1, by default 0',
  ]);
  assert.match(String(explain('{"layers": [{"type": "pl|anar"}]}')?.lines), /one direction/);
  assert.equal(explain('{"layers": [{"typo": "pl|anar"}]}'), undefined);
});

describe('a resolved spec is written', () => {
  for (const name of presets.keys())
    test(`so that it is still ${name}`, () => {
      const place = { columns: 2, rows: 1000, path: '/flow' };
      const { spec } = resolveFlow(name, place);
      const written = print(folded(spec));
      assert.deepEqual(resolveFlow(JSON.parse(written), place).spec, spec);
      assert.ok(written.split('\n').every((line) => line.length < 200));
      if (name === 'real-nvp') assert.match(written, /"repeat": 8/);
    });
});
