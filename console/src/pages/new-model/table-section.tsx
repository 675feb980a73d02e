import type { Dataset, Fault } from '../../api/types.ts';
import { count } from '../../parts/format.ts';
import { Section } from '../../parts/page.tsx';
import { Select } from '../../parts/select.tsx';
import { ColumnChoice } from './column-choice.tsx';
import { type Draft, faultsAt, type Missing } from './draft.ts';
import { Faults, faulty } from './faults.tsx';

/** What becomes of missing cells. */
const missingOptions: readonly { readonly value: Missing; readonly name: string }[] = [
  { value: 'model', name: 'Model them: that a cell is missing is a part of the density' },
  { value: 'impute', name: 'Fill them with the column’s median or commonest category' },
  { value: 'drop', name: 'Leave out the rows that have any' },
  { value: 'reject', name: 'Refuse tables that have any' },
];

interface TableSectionProps {
  readonly datasets: readonly Dataset[];
  readonly dataset: Dataset;
  readonly draft: Draft;
  readonly faults: readonly Fault[];
  readonly set: (changes: Partial<Draft>) => void;
  readonly onDataset: (id: string) => void;
}

/** The table, what the model of it is called, and what of it is learned. */
export function TableSection({ datasets, dataset, draft, faults, set, onDataset }: TableSectionProps) {
  const [ofDataset, ofName] = [faultsAt(faults, '/datasetId'), faultsAt(faults, '/name')];
  return (
    <Section title="Table" lead="What is modelled is learned as one joint density, given the columns that are given.">
      <div class="field-row">
        <label class="field">
          <span class="field-name">Dataset</span>
          <select
            value={dataset.id}
            onChange={({ currentTarget }) => onDataset(datasets[currentTarget.selectedIndex].id)}
            {...faulty('dataset-faults', ofDataset)}
          >
            {datasets.map(({ id, name, rowCount }) => (
              <option key={id} value={id} selected={id === dataset.id}>
                {name} ({count(rowCount)} rows)
              </option>
            ))}
          </select>
          <Faults id="dataset-faults" faults={ofDataset} />
        </label>
        <label class="field">
          <span class="field-name">Name</span>
          <input
            maxLength={200}
            placeholder={dataset.name}
            value={draft.name}
            onInput={({ currentTarget }) => set({ name: currentTarget.value })}
            {...faulty('name-faults', ofName)}
          />
          <Faults id="name-faults" faults={ofName} />
        </label>
      </div>
      <ColumnChoice
        {...{ dataset, draft }}
        faults={[...faultsAt(faults, '/columns'), ...faultsAt(faults, '/context')]}
        onChange={(roles) => set({ roles })}
      />
      <Select
        label="Missing cells"
        value={draft.missing}
        options={missingOptions}
        onChange={(missing) => set({ missing })}
      />
    </Section>
  );
}
