import type { LegendEntry } from '../../../src/figures/figure.ts';
import { number, percent } from '../parts/format.ts';
import { Legend } from './legend.tsx';
import type { Shape } from './shapes.ts';

interface ComparisonProps {
  /** Of the column. */
  readonly name: string;
  readonly reference: Shape;
  readonly batch: Shape;
}

/** How a column lies in new rows, over how it did. */
export function Comparison({ name, reference, batch }: ComparisonProps) {
  if (reference.kind === 'numbers' && batch.kind === 'numbers') return <Densities {...{ name, reference, batch }} />;
  if (reference.kind === 'categories' && batch.kind === 'categories') return <Shares {...{ reference, batch }} />;
  return null;
}

const legend: readonly LegendEntry[] = [
  { name: 'reference', colour: 'var(--series-3)', mark: 'area' },
  { name: 'new rows', colour: 'var(--series-1)', mark: 'line' },
];

type Kind<Name extends Shape['kind']> = Extract<Shape, { kind: Name }>;

const width = 240;
const height = 72;

function Densities({ name, reference, batch }: { name: string; reference: Kind<'numbers'>; batch: Kind<'numbers'> }) {
  const ends = [reference, batch].flatMap(({ edges }) => [edges[0], edges[edges.length - 1]]);
  const [least, greatest] = [Math.min(...ends), Math.max(...ends)];
  const highest = Math.max(...reference.densities, ...batch.densities) || 1;
  const path = ({ edges, densities }: Kind<'numbers'>) => {
    const x = (value: number) => ((width * (value - least)) / (greatest - least || 1)).toFixed(2);
    const y = (density: number) => (height - 1 - ((height - 3) * density) / highest).toFixed(2);
    const steps = densities.map((density, bin) => `V${y(density)}H${x(edges[bin + 1])}`);
    return `M${x(edges[0])} ${y(0)}${steps.join('')}V${y(0)}`;
  };
  const ranges = [reference, batch].map(({ edges }) => `${number(edges[0])} to ${number(edges[edges.length - 1])}`);
  return (
    <div class="comparison">
      <Legend entries={legend} />
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Histograms of ${name}: the reference from ${ranges[0]}, the new rows from ${ranges[1]}`}
      >
        <path class="is-reference" d={path(reference)} />
        <path class="is-batch" d={path(batch)} />
      </svg>
      <div class="histogram-ends" aria-hidden="true">
        <span>{number(least)}</span>
        <span>{number(greatest)}</span>
      </div>
    </div>
  );
}

const shownCategories = 6;

function Shares({ reference, batch }: { reference: Kind<'categories'>; batch: Kind<'categories'> }) {
  const share = ({ shares }: Kind<'categories'>, category: string) => shares.get(category) ?? 0;
  const apart = (category: string) => Math.abs(share(batch, category) - share(reference, category));
  const categories = [...new Set([...reference.shares.keys(), ...batch.shares.keys()])].sort(
    (a, b) => apart(b) - apart(a),
  );
  return (
    <div class="comparison">
      <Legend entries={legend} />
      <ul class="share-pairs">
        {categories.slice(0, shownCategories).map((category) => (
          <li key={category}>
            <span class="bar-name">{category}</span>
            <span class="bar-count">
              {percent(share(reference, category))} → {percent(share(batch, category))}
            </span>
            <span class="share-tracks" aria-hidden="true">
              <span class="is-reference" style={{ width: `${100 * share(reference, category)}%` }} />
              <span class="is-batch" style={{ width: `${100 * share(batch, category)}%` }} />
            </span>
          </li>
        ))}
        {categories.length > shownCategories && (
          <li class="muted">and {categories.length - shownCategories} that differ less</li>
        )}
      </ul>
    </div>
  );
}
