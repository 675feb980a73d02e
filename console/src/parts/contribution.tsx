import { compactCount } from './format.ts';

interface ContributionProps {
  /** By how many nats a column makes its row less likely; negative where it makes it likelier. */
  readonly nats: number | undefined;
  /** What fills half of the place, in nats. */
  readonly scale: number;
}

/** A small bar from the middle: to the right what makes a row less likely, to the left what makes it likelier. */
export function Contribution({ nats, scale }: ContributionProps) {
  if (nats === undefined) return <span class="contribution is-none" />;
  const width = Math.min(50, (50 * Math.abs(nats)) / scale);
  const isAgainst = nats >= 0;
  return (
    <span class="contribution">
      <span class="contribution-track" aria-hidden="true">
        <span
          class={isAgainst ? 'is-against' : 'is-for'}
          style={{ width: `${width}%`, left: `${isAgainst ? 50 : 50 - width}%` }}
        />
      </span>
      <span class="contribution-value">
        {signed(nats)}
        <span class="visually-hidden"> nats less likely</span>
      </span>
    </span>
  );
}

/** With its sign: plus is for what counts against a row. */
function signed(nats: number): string {
  const size = Math.abs(nats);
  return `${nats >= 0 ? '+' : '−'}${size < 99.5 ? size.toFixed(1) : compactCount(size)}`;
}

/** What fills half of a row's places at least, in nats: where all is usual, bars are small. */
const leastScale = 5;

/** What fills half of a row's places: its largest contribution in size. */
export function scaleOf(contributions: Readonly<Record<string, number>> | null | undefined): number {
  return Object.values(contributions ?? {}).reduce((size, nats) => Math.max(size, Math.abs(nats)), leastScale);
}

/** What the bars mean. */
export function ContributionLegend() {
  return (
    <ul class="contribution-legend">
      <li class="is-for">likelier</li>
      <li class="is-against">less likely, in nats, than what the model draws</li>
    </ul>
  );
}
