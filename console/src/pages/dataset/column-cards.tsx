import { type CategorySummary, type DatasetColumn, isNumeric, type NumberSummary } from '../../api/types.ts';
import { KindBadge } from '../../parts/badges.tsx';
import { FirstOf } from '../../parts/first-of.tsx';
import { number, percent, plural } from '../../parts/format.ts';
import { Bars, Histogram } from '../../plots/histogram.tsx';

/** Tables may have a thousand columns. */
const shownAtFirst = 24;

export function ColumnCards({ columns, rowCount }: { columns: readonly DatasetColumn[]; rowCount: number }) {
  return (
    <FirstOf items={columns} most={shownAtFirst} what="columns">
      {(shown) => (
        <ul class="column-cards">
          {shown.map((column) => (
            <li key={column.name}>
              <ColumnCard column={column} rowCount={rowCount} />
            </li>
          ))}
        </ul>
      )}
    </FirstOf>
  );
}

function ColumnCard({ column, rowCount }: { column: DatasetColumn; rowCount: number }) {
  const { name, reason, missingCount, summary } = column;
  return (
    <article class="column-card" aria-label={name}>
      <header>
        <h3>{name}</h3>
        <KindBadge column={column} />
      </header>
      <p class="muted column-reason">{reason}</p>
      {isNumeric(summary) ? (
        <Numbers name={name} summary={summary} />
      ) : (
        <Categories summary={summary} total={Math.max(1, rowCount - missingCount)} />
      )}
      <p class="column-foot">
        <span>{plural(summary.distinctCount, 'value')}</span>
        <span class={missingCount > 0 ? 'is-missing' : undefined}>
          {missingCount === 0 ? 'none missing' : `${percent(missingCount / rowCount)} missing`}
        </span>
      </p>
    </article>
  );
}

function Numbers({ name, summary }: { name: string; summary: NumberSummary }) {
  const { min, max, mean, standardDeviation, quantiles, histogram } = summary;
  const label = `Histogram of ${name}, from ${number(min)} to ${number(max)}, mean ${number(mean)}`;
  return (
    <>
      {histogram.counts.length > 0 && <Histogram {...histogram} label={label} />}
      <div class="histogram-ends" aria-hidden="true">
        <span>{number(min)}</span>
        <span>{number(max)}</span>
      </div>
      <dl class="column-numbers">
        <div>
          <dt>mean</dt>
          <dd>{number(mean)}</dd>
        </div>
        <div>
          <dt>median</dt>
          <dd>{number(quantiles['0.5'])}</dd>
        </div>
        <div>
          <dt>std. dev.</dt>
          <dd>{number(standardDeviation)}</dd>
        </div>
      </dl>
    </>
  );
}

function Categories({ summary: { categories }, total }: { summary: CategorySummary; total: number }) {
  return categories.length > 0 ? (
    <Bars categories={categories} total={total} />
  ) : (
    <p class="muted">Too many different values to list.</p>
  );
}
