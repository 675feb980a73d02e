import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { onnxRuntime } from '../../../src/engine/onnxruntime.ts';
import { operatorNames, reference } from '../../../src/engine/reference.ts';
import type { TensorValues } from '../../../src/flow/graph/program.ts';
import { nodesInOrder } from '../../../src/flow/graph/traversal.ts';
import { assertClose } from '../../support/close.ts';
import { programOf, randomInputs } from '../../support/operator-programs.ts';
import { operatorCases } from '../../support/operators.ts';

const numbers = ({ values }: TensorValues) => Array.from(values, Number);

for (const operatorCase of operatorCases)
  describe(operatorCase.name, () => {
    test('ONNX Runtime gives what the reference gives, value and gradients', async () => {
      const program = programOf(operatorCase);
      const given = randomInputs(operatorCase);
      const executable = await onnxRuntime.load(program);
      const actual = await executable.run(given);
      await executable.release();
      const expected = await (await reference.load(program)).run(given);
      // Single precision, sums of up to 24 terms.
      for (const [name, tensor] of Object.entries(expected))
        assertClose(numbers(actual[name]), numbers(tensor), 1e-5, name);
    });

    if (operatorCase.differentiable !== false)
      test('the gradient is that of central differences in double precision', async () => {
        const program = programOf(operatorCase);
        const given = randomInputs(operatorCase);
        const executable = await reference.load(program);
        const { loss: _, value: __, ...slopes } = await executable.run(given);
        const step = 1e-5;
        for (const [index, slope] of Object.values(slopes).entries()) {
          const name = `x${index}`;
          const at = numbers(given[name]);
          const lossWith = async (place: number, change: number) => {
            const values = Float64Array.from(at).with(place, at[place] + change);
            const { loss } = await executable.run({ ...given, [name]: { ...given[name], values } });
            return Number(loss.values[0]);
          };
          const differences = [];
          for (let place = 0; place < at.length; place++)
            differences.push(((await lossWith(place, step)) - (await lossWith(place, -step))) / (2 * step));
          assert.deepEqual(slope.shape, given[name].shape);
          // The error of central differences is of the order of step^2 and of rounding / step.
          assertClose(numbers(slope), differences, 1e-7, name);
        }
      });
  });

test('the cases use every operator', () => {
  const outputs = operatorCases.flatMap((operatorCase) => Object.values(programOf(operatorCase).outputs));
  const used = new Set(nodesInOrder(outputs).map(({ operator }) => operator));
  const bodies = nodesInOrder(outputs).flatMap((node) => (node.is('Loop') ? node.attributes.body.scanned : []));
  for (const { operator } of nodesInOrder(bodies)) used.add(operator);
  assert.deepEqual([...used].sort(), [...operatorNames].sort());
});
