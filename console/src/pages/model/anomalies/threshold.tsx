import { useMemo } from 'preact/hooks';
import { Figures } from '../../../parts/figures.tsx';
import { count, number, percent, plural } from '../../../parts/format.ts';
import { Notice } from '../../../parts/notice.tsx';
import { Section } from '../../../parts/page.tsx';
import { Select } from '../../../parts/select.tsx';
import { PValueHistogram } from '../../../plots/p-values.tsx';
import { falseAlarms, pValueBins, readableCount } from './alarms.ts';
import type { ScoredTable } from './use-scoring.ts';

/** What makes a row an anomaly: its own p-value, or the part of those called so that may be usual. */
export interface Line {
  readonly by: 'alpha' | 'fdr';
  readonly value: number;
}

interface ThresholdProps {
  readonly table: ScoredTable;
  readonly line: Line;
  /** The largest p-value of an anomaly. */
  readonly cutoff: number;
  readonly flagged: number;
  readonly onLine: (line: Line, isFinal: boolean) => void;
}

const ways = [
  { value: 'alpha', name: 'the p-value' },
  { value: 'fdr', name: 'the share of false alarms (fdr)' },
] as const;

/** Where the line is drawn, and what comes of it. */
export function Threshold({ table, line, cutoff, flagged, onLine }: ThresholdProps) {
  const { calibrationRows, pValues } = table;
  const readable = useMemo(() => readableCount(table), [table]);
  const bins = useMemo(() => pValueBins(pValues, calibrationRows), [table]);
  const unreadable = pValues.length - readable;
  return (
    <Section
      title="Where to draw the line"
      actions={
        <Select
          label="Draw it by"
          value={line.by}
          options={ways}
          onChange={(by) => onLine({ by, value: by === 'alpha' ? 0.01 : 0.1 }, true)}
        />
      }
    >
      <LineSlider line={line} onLine={onLine} />
      <Outcome {...{ table, line, cutoff, flagged, readable }} />
      {unreadable > 0 && (
        <Notice kind="warning" title={`${plural(unreadable, 'row')} cannot be read`}>
          <p>
            They are neither usual nor anomalies, count nowhere above, and stand last in the ranking with the reason.
          </p>
        </Notice>
      )}
      {/* Groups have steps of their own, so that it is not known how many would be expected in a bin. */}
      <PValueHistogram bins={bins} cutoff={cutoff} hasExpected={table.groups.length === 0} />
      <Terms table={table} />
    </Section>
  );
}

const [least, greatest] = [1e-4, 0.5];

function LineSlider({ line: { by, value }, onLine }: Pick<ThresholdProps, 'line' | 'onLine'>) {
  const toLine = (exponent: number): Line => ({ by, value: Number((10 ** exponent).toPrecision(2)) });
  const name = by === 'alpha' ? 'An anomaly if p ≤' : 'False alarms among the flagged, at most';
  return (
    <label class="line-slider">
      <span class="field-name">
        {name} <span class="line-value">{by === 'alpha' ? number(value) : percent(value)}</span>
      </span>
      <input
        type="range"
        min={Math.log10(least)}
        max={Math.log10(greatest)}
        step={0.02}
        value={Math.log10(value)}
        aria-valuetext={by === 'alpha' ? number(value) : percent(value)}
        onInput={({ currentTarget }) => onLine(toLine(currentTarget.valueAsNumber), false)}
        onChange={({ currentTarget }) => onLine(toLine(currentTarget.valueAsNumber), true)}
      />
      <span class="histogram-ends" aria-hidden="true">
        <span>{least}</span>
        <span>{greatest}</span>
      </span>
    </label>
  );
}

type OutcomeProps = Pick<ThresholdProps, 'table' | 'line' | 'cutoff' | 'flagged'> & { readonly readable: number };

function Outcome({ table: { calibrationRows, groups, logProbs }, line, cutoff, flagged, readable }: OutcomeProps) {
  const impossible = useMemo(() => logProbs.filter((value) => value === -Infinity).length, [logProbs]);
  const { expected, deviation } = falseAlarms(cutoff, readable, calibrationRows);
  // Groups have steps of their own, so that only the bound is known.
  const alarms = groups.length > 0 ? cutoff * readable : expected;
  const least = 1 / (calibrationRows + 1);
  return (
    <>
      <Figures
        figures={[
          {
            name: 'Flagged',
            value: count(flagged),
            note: `of ${plural(readable, 'row')}${impossible > 0 ? `; ${count(impossible)} with a value that is impossible` : ''}`,
          },
          {
            name: 'Expected false alarms',
            value: rounded(alarms),
            note:
              groups.length > 0
                ? 'at most, if every row came from the same distribution as the calibration rows'
                : `± ${rounded(deviation)}, if every row came from the same distribution as the calibration rows`,
          },
          {
            name: 'False among the flagged',
            value: falseShare(alarms, flagged),
            note:
              line.by === 'fdr'
                ? `kept to at most ${percent(line.value)}, on average`
                : 'expected false alarms over flagged; fewer, the more rows are true anomalies',
          },
        ]}
      />
      {line.by === 'alpha' && line.value < least && (
        <Notice kind="warning" title="This line is below every p-value">
          <p>
            {plural(calibrationRows, 'calibration row')} allow none below {number(least)}: only impossible rows are
            flagged.
          </p>
        </Notice>
      )}
      {line.by === 'fdr' && cutoff === 0 && (
        <Notice kind="warning" title="No row can be called an anomaly at this rate">
          <p>
            With p-values of at least {number(least)}, at least {count(Math.ceil((least * readable) / line.value))} of{' '}
            {plural(readable, 'row')} would have to be as unusual as can be told.
          </p>
        </Notice>
      )}
    </>
  );
}

/** The part of the flagged that may be usual: at most about so much, since some of the rows are none of these. */
function falseShare(alarms: number, flagged: number): string {
  if (flagged === 0) return '–';
  return alarms >= flagged ? 'perhaps all' : `≲ ${percent(alarms / flagged)}`;
}

const rounded = (value: number) => (value < 10 ? number(Number(value.toFixed(1))) : count(Math.round(value)));

function Terms({ table: { calibrationRows, groups } }: Pick<ThresholdProps, 'table'>) {
  return (
    <details class="fold">
      <summary>What these numbers are</summary>
      <div class="small-print">
        <p>
          The p-value of a row is (1 + the calibration rows that are at most as likely) / (1 + all{' '}
          {count(calibrationRows)} calibration rows), so it comes in steps of 1/{count(calibrationRows + 1)}. A row
          drawn as these were has p ≤ alpha with a chance of at most alpha, however good or bad the model: a bad one
          finds fewer anomalies, it does not raise more false alarms.
        </p>
        <p>
          Expected false alarms are rows × k/{count(calibrationRows + 1)}, where k/{count(calibrationRows + 1)} is the
          largest step up to alpha. The number after ± is their standard deviation over new rows and over the choice of
          calibration rows. Nothing is promised for rows that come from elsewhere: there drift has to be looked for
          first.
        </p>
        {groups.length > 0 && (
          <p>
            Rows are compared within their own categories of the context:{' '}
            {groups
              .map(
                ({ context, calibrationRows: rows }) =>
                  `${Object.entries(context)
                    .map(([name, value]) => `${name} ${value ?? 'missing'}`)
                    .join(', ')} (${plural(rows, 'calibration row')})`,
              )
              .join('; ')}
            . Rows of rarer categories are compared with all, and for these by themselves nothing is promised.
          </p>
        )}
      </div>
    </details>
  );
}
