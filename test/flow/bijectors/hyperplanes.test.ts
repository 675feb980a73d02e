import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reference } from '../../../src/engine/reference.ts';
import type { Flow } from '../../../src/flow/flow.ts';
import { input } from '../../../src/flow/graph/tensor.ts';
import { assertClose } from '../../support/close.ts';
import { bothWays, jacobianLogDets, numbersOf, rowsOf, vectorOf } from '../../support/flow-programs.ts';
import { flowOf, movedParameters } from '../../support/flows.ts';

/** The hyperplanes of the only layer of a flow over two columns: of each w, b and the slope. */
async function hyperplanesOf(flow: Flow, parameters: Float32Array) {
  const vector = input('parameters', 'float32', [flow.parameters.length]);
  const [found] = flow.bijector.hyperplanesOfEach(flow.parameters.within(vector));
  if (!found) return [];
  const executable = await reference.load({ inputs: { parameters: vector }, outputs: { ...found } });
  const outputs = await executable.run({ parameters: vectorOf(parameters) });
  const [normals, offsets, slopes] = [outputs.normals, outputs.offsets, outputs.slopes].map(numbersOf);
  return offsets.map((offset, line) => ({
    normal: normals.slice(2 * line, 2 * line + 2),
    offset,
    slope: slopes[line],
  }));
}

/** The point of a line that is nearest to the origin, and others along it. */
const pointsOn = ({ normal: [a, b], offset }: { normal: number[]; offset: number }) =>
  [-2, -0.5, 0, 1, 3].map((along) => {
    const squared = a * a + b * b;
    return [(-offset * a) / squared - along * b, (-offset * b) / squared + along * a];
  });

for (const layer of [{ type: 'planar' }, { type: 'sylvester', rank: 1 }, { type: 'planar', inverse: true }])
  test(`points on the line of ${JSON.stringify(layer)} stay, and areas there change by its slope`, async () => {
    const flow = flowOf([layer], 2);
    const parameters = movedParameters(flow, 0.8);
    const lines = await hyperplanesOf(flow, parameters);
    assert.equal(lines.length, 1);
    const points = Float64Array.from(pointsOn(lines[0]).flat());
    const executable = await reference.load(bothWays(flow));
    const { z } = await executable.run({ x: rowsOf(points, 2), parameters: vectorOf(parameters) });
    assertClose(numbersOf(z), points, 1e-12, 'points');
    const logDets = await jacobianLogDets(executable, rowsOf(points, 2), {
      columns: 2,
      parameters: vectorOf(parameters),
    });
    // Central differences with a step of 1e-6 leave about 1e-9.
    assertClose(logDets, new Array(5).fill(Math.log(lines[0].slope)), 1e-7, 'slope');
    assert.ok(Math.abs(Math.log(lines[0].slope)) > 0.01, 'a slope that is none proves nothing');
  });

test('where the lines of a Sylvester layer cross, areas change by the product of their slopes, and the point stays', async () => {
  const flow = flowOf([{ type: 'sylvester', rank: 2 }], 2);
  const parameters = movedParameters(flow, 0.8);
  const [first, second] = await hyperplanesOf(flow, parameters);
  const [[a, b], [c, d]] = [first.normal, second.normal];
  const determinant = a * d - b * c;
  const point = Float64Array.of(
    (b * second.offset - d * first.offset) / determinant,
    (c * first.offset - a * second.offset) / determinant,
  );
  const executable = await reference.load(bothWays(flow));
  const { z } = await executable.run({ x: rowsOf(point, 2), parameters: vectorOf(parameters) });
  assertClose(numbersOf(z), point, 1e-12, 'point');
  const logDets = await jacobianLogDets(executable, rowsOf(point, 2), { columns: 2, parameters: vectorOf(parameters) });
  assertClose(logDets, [Math.log(first.slope * second.slope)], 1e-7, 'slopes');
});

test('other layers have none', async () => {
  const flow = flowOf([{ type: 'coupling' }, { type: 'radial', inverse: true }], 2);
  assert.deepEqual(flow.bijector.hyperplanesOfEach(flow.parameters.fixed(movedParameters(flow, 0.1))), [
    undefined,
    undefined,
  ]);
});
