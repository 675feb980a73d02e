import { answer, api } from '../../../api/client.ts';
import type { Model } from '../../../api/types.ts';
import { DropZone } from '../../../parts/drop-zone.tsx';
import { count } from '../../../parts/format.ts';
import { useAnswer } from '../../../state/use-answer.ts';
import { tableFormats } from '../../../tables/read-file.ts';
import type { TableSource } from './table-source.ts';

interface TableChoiceProps {
  readonly model: Model;
  readonly source: TableSource | undefined;
  readonly onChoose: (source: TableSource | undefined) => void;
}

const mostDatasets = 200;

/** A table to look at: a file, or a stored dataset. */
export function TableChoice({ model, source, onChoose }: TableChoiceProps) {
  return (
    <div class="table-choice">
      <DropZone accept={tableFormats} title="Drop a table here" onFile={(file) => onChoose({ kind: 'file', file })}>
        {source?.kind === 'file' ? source.file.name : 'CSV, JSON, NDJSON or Parquet with the columns of the model'}
      </DropZone>
      <StoredChoice
        model={model}
        chosen={source?.kind === 'dataset' ? source.id : ''}
        onChoose={(id) => onChoose(id === '' ? undefined : { kind: 'dataset', id })}
      />
    </div>
  );
}

interface StoredChoiceProps {
  readonly model: Model;
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
}

function StoredChoice({ model: { datasetId }, chosen, onChoose }: StoredChoiceProps) {
  const datasets = useAnswer(() => answer(api.GET('/v1/datasets', { params: { query: { limit: mostDatasets } } })), []);
  const items = datasets.body?.items ?? [];
  return (
    <label class="field">
      <span class="field-name">or a stored dataset</span>
      <select value={chosen} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
        <option value="" selected={chosen === ''}>
          {datasets.body && items.length === 0 ? 'There is none' : 'Choose one'}
        </option>
        {chosen !== '' && !items.some(({ id }) => id === chosen) && (
          <option value={chosen} selected>
            {chosen}
          </option>
        )}
        {items.map(({ id, name, rowCount }) => (
          <option key={id} value={id} selected={id === chosen}>
            {name} ({count(rowCount)} rows{id === datasetId ? ', this model’s own' : ''})
          </option>
        ))}
      </select>
    </label>
  );
}
