import { useState } from 'preact/hooks';
import { calibrationPlot, type JudgedColumn, judgedColumns } from '../../../../../src/figures/calibration-plot.ts';
import type { Calibration } from '../../../../../src/figures/metrics.ts';
import { count, number, percent, probability } from '../../../parts/format.ts';
import { Table } from '../../../parts/table.tsx';
import { Plot } from '../../../plots/plot.tsx';

/** The worst are first. */
const shownAtFirst = 12;

export function CalibrationPlots({ calibration }: { calibration: Calibration }) {
  const columns = judgedColumns(calibration);
  const [isWhole, setWhole] = useState(columns.length <= shownAtFirst);
  return (
    <>
      <ul class="plot-grid">
        {(isWhole ? columns : columns.slice(0, shownAtFirst)).map((column) => (
          <li key={column.column}>
            <h3>
              {column.column} <span class="figure-note">p = {probability(column.pValue)}</span>
            </h3>
            <Plot name={`calibration of ${column.column}`} {...calibrationPlot(column, calibration.effectiveRows)} />
          </li>
        ))}
      </ul>
      {!isWhole && (
        <button type="button" class="button" onClick={() => setWhole(true)}>
          Show all {count(columns.length)} columns
        </button>
      )}
      <details class="fold">
        <summary>In numbers</summary>
        <CalibrationTable columns={columns} />
      </details>
    </>
  );
}

function CalibrationTable({ columns }: { columns: readonly JudgedColumn[] }) {
  const levels = columns[0]?.coverage ?? [];
  return (
    <>
      <p class="muted">
        D is the largest distance of the line from 0. A central interval of the model should hold the share of test rows
        that its head names.
      </p>
      <Table
        caption="Calibration of each column"
        rows={columns}
        keyOf={({ column }) => column}
        columns={[
          { name: 'Column', cell: ({ column }) => column },
          { name: 'D', isAtEnd: true, cell: ({ statistic }) => number(statistic) },
          { name: 'p-value', isAtEnd: true, cell: ({ pValue }) => probability(pValue) },
          { name: 'after Holm', isAtEnd: true, cell: ({ adjusted }) => probability(adjusted) },
          ...levels.map(({ level }, index) => ({
            name: `in ${percent(level)}`,
            isAtEnd: true,
            cell: ({ coverage }: JudgedColumn) => percent(coverage[index]?.observed ?? Number.NaN),
          })),
        ]}
      />
    </>
  );
}
