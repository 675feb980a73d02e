import type { Field } from '../../../tables/fields.ts';
import type { Given } from '../rows/given.ts';
import { ContextFields, GivenFields } from '../rows/given-fields.tsx';

interface DensityGivenProps {
  readonly fields: readonly Field[];
  readonly given: Given;
  readonly onChange: (given: Given) => void;
}

/** What a density is given: all of the context, and any columns besides the axes. */
export function DensityGiven({ fields, given, onChange }: DensityGivenProps) {
  const modelled = fields.filter(({ isContext }) => !isContext);
  const hasOthers = modelled.length > 2 || (modelled.length === 2 && modelled.length < fields.length);
  const fixed = modelled.filter(({ name }) => name in given).map(({ name }) => name);
  return (
    <>
      <ContextFields {...{ fields, given, onChange }} />
      {hasOthers && (
        <details class="fold" open={fixed.length > 0}>
          <summary>Fix other columns{fixed.length > 0 && `: ${fixed.join(', ')}`}</summary>
          <p class="muted">
            The density is then the conditional one, given these values. A column that is an axis is not fixed.
          </p>
          <GivenFields fields={modelled} given={given} areOptional onChange={onChange} />
        </details>
      )}
    </>
  );
}
