import { useState } from 'preact/hooks';
import { save } from '../../../api/save.ts';
import type { Model } from '../../../api/types.ts';
import { plural } from '../../../parts/format.ts';
import { Section } from '../../../parts/page.tsx';
import { useQuery } from '../../../state/use-query.ts';
import { discoveryCutoff, flaggedCount } from './alarms.ts';
import { flaggedCsv } from './flagged-csv.ts';
import { RankedRows } from './ranked-rows.tsx';
import { type Line, Threshold } from './threshold.tsx';
import type { ScoredTable } from './use-scoring.ts';

interface JudgedProps {
  readonly model: Model;
  readonly table: ScoredTable;
  /** What the table is called. */
  readonly name: string;
}

/** A scored table, with the line between what is usual and what is not. Nothing is scored again when the line moves. */
export function Judged({ model, table, name }: JudgedProps) {
  const [line, setLine] = useLine();
  const { order } = table;
  const cutoff = line.by === 'fdr' ? discoveryCutoff(table, order, line.value) : line.value;
  const flagged = flaggedCount(table, cutoff);
  const columns = [...model.columns, ...model.context];
  const keep = async () =>
    save(
      new Blob([await flaggedCsv(table, columns, order.subarray(0, flagged))], { type: 'text/csv' }),
      `${name.replace(/\.[^.]*$/, '')}-anomalies.csv`,
    );
  return (
    <>
      <Threshold table={table} line={line} cutoff={cutoff} flagged={flagged} onLine={setLine} />
      <Section
        title="The most unusual rows first"
        lead="With what each column contributes to that: bars to the right make a row less likely."
        actions={
          <button type="button" class="button small" disabled={flagged === 0} onClick={() => void keep()}>
            Download {plural(flagged, 'flagged row')}
          </button>
        }
      >
        <RankedRows {...{ model, table, cutoff }} />
      </Section>
    </>
  );
}

/** The line that the address says; while it is dragged the address waits. */
function useLine(): [line: Line, change: (line: Line, isFinal: boolean) => void] {
  const [query, change] = useQuery();
  const [dragged, setDragged] = useState<Line>();
  const fdr = shareOf(query['fdr']);
  const said: Line =
    fdr === undefined ? { by: 'alpha', value: shareOf(query['alpha']) ?? 0.01 } : { by: 'fdr', value: fdr };
  return [
    dragged ?? said,
    (line, isFinal) => {
      setDragged(isFinal ? undefined : line);
      if (isFinal) change({ alpha: undefined, fdr: undefined, [line.by]: String(line.value), page: undefined });
    },
  ];
}

function shareOf(text: string | undefined): number | undefined {
  const value = Number(text ?? Number.NaN);
  return value > 0 && value < 1 ? value : undefined;
}
