interface ContributionProps {
  /** By how many nats a column makes its row less likely; negative where it makes it likelier. */
  readonly nats: number | undefined;
  /** What fills half of the place. */
  readonly largest: number;
}

/** A small bar from the middle: to the right what makes a row less likely, to the left what makes it likelier. */
export function Contribution({ nats, largest }: ContributionProps) {
  if (nats === undefined) return <span class="contribution is-none" />;
  const width = Math.min(50, (50 * Math.abs(nats)) / (largest || 1));
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
export function signed(nats: number): string {
  const text = Math.abs(nats).toFixed(Math.abs(nats) < 99.5 ? 1 : 0);
  return `${nats >= 0 ? '+' : '−'}${text}`;
}

/** The largest contribution in size, of all that are shown together. */
export function largestOf(all: readonly (Readonly<Record<string, number>> | null | undefined)[]): number {
  return all.reduce(
    (largest, contributions) =>
      Object.values(contributions ?? {}).reduce((size, nats) => Math.max(size, Math.abs(nats)), largest),
    0,
  );
}

/** What the bars mean. */
export function ContributionLegend() {
  return (
    <ul class="contribution-legend">
      <li class="is-for">makes the row likelier</li>
      <li class="is-against">makes it less likely, in nats, than what the model draws</li>
    </ul>
  );
}
