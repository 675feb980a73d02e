import type { Scale } from '../../../../../src/figures/density-levels.ts';
import type { Dataset, Model } from '../../../api/types.ts';
import { Select } from '../../../parts/select.tsx';
import { useQuery } from '../../../state/use-query.ts';

/** What of a density is looked at, and how. */
interface Choices {
  readonly x: string;
  readonly y: string;
  readonly resolution: number;
  readonly scale: Scale;
  readonly show: 'density' | 'error';
  readonly withRows: boolean;
}

const resolutions = ['25', '50', '75', '100'] as const;
const usualResolution = '75';

/** As the address says, and as is usual where it says nothing that can be. */
export function readChoices(
  query: Readonly<Record<string, string | undefined>>,
  { columns, dataset }: { readonly columns: readonly string[]; readonly dataset: Dataset | undefined },
): Choices {
  const ordered = continuousFirst(columns, dataset);
  const x = columns.find((name) => name === query.x) ?? ordered[0];
  const others = ordered.filter((name) => name !== x);
  return {
    x,
    y: others.find((name) => name === query.y) ?? others[0],
    resolution: Number(resolutions.find((each) => each === query.resolution) ?? usualResolution),
    scale: query.colours === 'density' ? 'density' : 'share',
    show: query.show === 'error' ? 'error' : 'density',
    withRows: query.rows === 'on',
  };
}

/** Of these two make the better first picture. */
function continuousFirst(columns: readonly string[], dataset: Dataset | undefined): readonly string[] {
  const isContinuous = (name: string) =>
    dataset?.columns.some((column) => column.name === name && column.kind === 'continuous') ?? false;
  return columns.toSorted((a, b) => Number(isContinuous(b)) - Number(isContinuous(a)));
}

interface MapChoicesProps {
  readonly model: Model;
  readonly choices: Choices;
  readonly isEstimated: boolean;
}

export function MapChoices({ model, choices, isEstimated }: MapChoicesProps) {
  const [, change] = useQuery();
  const columns = model.columns.map((name) => ({ value: name, name }));
  const { x, y, scale, show, withRows, resolution } = choices;
  return (
    <div class="choices">
      {/* The other axis makes way: the two change places. */}
      <Select
        label="Across"
        value={x}
        options={columns}
        onChange={(next) => change({ x: next, y: next === y ? x : y })}
      />
      <Select
        label="Upwards"
        value={y}
        options={columns}
        onChange={(next) => change({ y: next, x: next === x ? y : x })}
      />
      <Select
        label="Points a side"
        value={String(resolution)}
        options={resolutions.map((each) => ({ value: each, name: each }))}
        onChange={(next) => change({ resolution: next === usualResolution ? undefined : next })}
      />
      <Select<Scale>
        label="Colours by"
        value={scale}
        options={[
          { value: 'share', name: 'share of rows' },
          { value: 'density', name: 'density' },
        ]}
        onChange={(next) => change({ colours: next === 'share' ? undefined : next })}
      />
      {isEstimated && (
        <Select<Choices['show']>
          label="Show"
          value={show}
          options={[
            { value: 'density', name: 'the density' },
            { value: 'error', name: 'its standard error' },
          ]}
          onChange={(next) => change({ show: next === 'density' ? undefined : next })}
        />
      )}
      {model.datasetId !== null && (
        <label class="check">
          <input
            type="checkbox"
            checked={withRows}
            onChange={({ currentTarget }) => change({ rows: currentTarget.checked ? 'on' : undefined })}
          />
          the table’s first rows
        </label>
      )}
    </div>
  );
}
