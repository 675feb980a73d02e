import type { ComponentChildren } from 'preact';

export interface Figure {
  readonly name: string;
  readonly value: ComponentChildren;
  /** What it means. */
  readonly note?: string | undefined;
}

/** Numbers, each under its name. */
export function Figures({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl class="figures">
      {figures.map(({ name, value, note }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <span class="figure-value">{value}</span>
            {note && <span class="figure-note">{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
