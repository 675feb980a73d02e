import type { LegendEntry } from '../../../src/figures/figure.ts';

/** What the lines of a figure are. */
export function Legend({ entries }: { entries: readonly LegendEntry[] }) {
  return (
    <ul class="legend">
      {entries.map(({ name, colour, mark }) => (
        <li key={name} class={`legend-${mark}`} style={{ '--colour': colour }}>
          {name}
        </li>
      ))}
    </ul>
  );
}
