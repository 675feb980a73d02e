import { count } from '../parts/format.ts';

interface HistogramProps {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  readonly label: string;
}

const width = 240;
const height = 64;

/** How many values fall between each two edges: small and plain, for there may be hundreds on a page. */
export function Histogram({ edges, counts, label }: HistogramProps) {
  const [first, last] = [edges[0], edges[edges.length - 1]];
  const span = last - first || 1;
  // Bins may be of different widths: what shows the number is the area.
  const densities = counts.map((value, bin) => value / (edges[bin + 1] - edges[bin] || span));
  const highest = Math.max(...densities) || 1;
  return (
    <svg class="histogram" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {densities.map((density, bin) => {
        const x = (width * (edges[bin] - first)) / span;
        const barWidth = Math.max(1, (width * (edges[bin + 1] - edges[bin] || span)) / span - 1);
        const barHeight = Math.max(counts[bin] > 0 ? 1.5 : 0, (height * density) / highest);
        return <rect key={edges[bin]} x={x} y={height - barHeight} width={barWidth} height={barHeight} />;
      })}
    </svg>
  );
}

interface BarsProps {
  readonly categories: readonly { readonly value: string | number | boolean; readonly count: number }[];
  readonly total: number;
}

/** The most frequent categories, each with its part of all. */
export function Bars({ categories, total }: BarsProps) {
  return (
    <ul class="bars">
      {categories.slice(0, 5).map((category) => (
        <li key={String(category.value)}>
          <span class="bar-name">{String(category.value)}</span>
          <span class="bar-count">{count(category.count)}</span>
          <span class="bar-track" aria-hidden="true">
            <span style={{ width: `${(100 * category.count) / total}%` }} />
          </span>
        </li>
      ))}
      {categories.length > 5 && <li class="muted">and {count(categories.length - 5)} more</li>}
    </ul>
  );
}
