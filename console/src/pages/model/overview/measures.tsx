import type { Measure } from '../../../../../src/figures/metrics.ts';

/** Numbers beside what they mean. */
export function Measures({ measures }: { measures: readonly Measure[] }) {
  return (
    <dl class="measures">
      {measures.map(({ name, value, unit, meaning }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd class="measure-value">
            <span class="figure-value">{value}</span> {unit && <span class="figure-note">{unit}</span>}
          </dd>
          <dd class="measure-meaning">{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}
