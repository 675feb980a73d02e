import { Figures } from '../../../parts/figures.tsx';
import { count, number, percent, plural } from '../../../parts/format.ts';
import { Notice } from '../../../parts/notice.tsx';
import { Section } from '../../../parts/page.tsx';
import { Comparison } from '../../../plots/comparison.tsx';
import { pValueText } from '../rows/p-value.ts';
import type { ShapePair } from './use-drift.ts';
import {
  type ColumnFinding,
  columnSentence,
  rankedColumns,
  type ScoreFinding,
  scoreSentence,
  stabilityWord,
} from './words.ts';

interface Found {
  readonly drifted: boolean;
  readonly level: number;
  readonly rows: { readonly given: number; readonly compared: number; readonly withoutDensity: number };
  readonly reference: {
    readonly columns: 'dataset' | 'samples' | null;
    readonly rows: number;
    readonly logProb: 'held-out' | 'samples' | null;
    readonly scores: number;
  };
  readonly logProb: (ScoreFinding & { readonly statistic: number }) | null;
  readonly columns: readonly ColumnFinding[];
  readonly shapes: ReadonlyMap<string, ShapePair>;
}

/** What a comparison came to: first in a word, then test by test. */
export function Findings({ found }: { found: Found }) {
  const { drifted, level, logProb, columns, shapes } = found;
  const differing = columns.filter((column) => column.drifted).length;
  const tests = columns.length + (logProb ? 1 : 0);
  return (
    <>
      <Notice kind={drifted ? 'warning' : 'good'} title={drifted ? 'These rows have drifted' : 'No drift was found'}>
        <p>
          {drifted
            ? `${differing} of ${plural(columns.length, 'column')} differ${differing === 1 ? 's' : ''}${logProb ? `, and the log-densities ${logProb.drifted ? 'do' : 'do not'}` : ''}.`
            : `None of ${plural(tests, 'test')} finds more than chance explains. A small change may still be there: the fewer the rows, the larger it has to be to be seen.`}{' '}
          Where nothing has changed, drift is called in at most {percent(level)} of such comparisons, over all{' '}
          {plural(tests, 'test')} together.
        </p>
      </Notice>
      <Section title="Log-densities" lead={logProb ? scoreSentence(logProb) : undefined}>
        {logProb ? (
          <Figures
            figures={[
              {
                name: 'Mean difference',
                value: logProb.meanDifference === null ? '–' : signed(logProb.meanDifference),
                note: 'nats, new rows less reference',
              },
              { name: 'Distance', value: number(logProb.statistic), note: 'Kolmogorov and Smirnov’s, from 0 to 1' },
              {
                name: 'Adjusted p',
                value: pValueText(logProb.adjustedPValue),
                note: 'by Holm’s method, for all tests',
              },
              {
                name: 'Without density',
                value: count(found.rows.withoutDensity),
                note: `of ${plural(found.rows.compared, 'compared row')}: impossible or not readable`,
              },
            ]}
          />
        ) : (
          <p class="muted">There are no scores to compare with: the model has none, and its samples need a context.</p>
        )}
      </Section>
      <Section title="Columns" lead={referenceSentence(found)}>
        <ul class="drift-columns">
          {rankedColumns(columns).map((column) => (
            <li key={column.column}>
              <ColumnCard finding={column} shapes={shapes.get(column.column)} />
            </li>
          ))}
        </ul>
      </Section>
    </>
  );
}

function ColumnCard({ finding, shapes }: { finding: ColumnFinding; shapes: ShapePair | undefined }) {
  const { column, drifted, distance, stabilityIndex, adjustedPValue } = finding;
  return (
    <article class="column-card" aria-label={column}>
      <header>
        <h3>{column}</h3>
        <span class={`badge badge-${drifted ? 'queued' : 'ready'}`}>{drifted ? 'differs' : 'no difference found'}</span>
      </header>
      {shapes && <Comparison name={column} {...shapes} />}
      <p class="column-reason">{columnSentence(finding)}</p>
      <dl class="column-numbers">
        <div>
          <dt>distance</dt>
          <dd>{number(distance)}</dd>
        </div>
        <div>
          <dt>adjusted p</dt>
          <dd>{pValueText(adjustedPValue)}</dd>
        </div>
        <div>
          <dt>stability index</dt>
          <dd>
            {number(stabilityIndex)} <span class="muted">{stabilityWord(stabilityIndex)}</span>
          </dd>
        </div>
      </dl>
    </article>
  );
}

function referenceSentence({ rows, reference }: Found): string {
  const batch =
    rows.compared < rows.given
      ? `${count(rows.compared)} of ${plural(rows.given, 'new row')}, chosen at random`
      : plural(rows.given, 'new row');
  if (reference.columns === null)
    return `There is nothing to compare ${batch} with: the dataset is deleted, and samples need a context.`;
  const other =
    reference.columns === 'dataset'
      ? `${plural(reference.rows, 'row')} of the dataset that the model was trained on`
      : `${plural(reference.rows, 'sample')} of the model, for its dataset is deleted`;
  return `${batch} beside ${other}; what differs most comes first. Missing cells count as a value of their own.`;
}

const signed = (value: number) => `${value < 0 ? '−' : '+'}${number(Math.abs(Number(value.toFixed(3))))}`;
