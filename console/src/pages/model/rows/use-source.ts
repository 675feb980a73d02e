import { useMemo, useState } from 'preact/hooks';
import { useQuery } from '../../../state/use-query.ts';
import type { TableSource } from './table-source.ts';

/** The table that was chosen. A dataset stands in the address; a file cannot. */
export function useSource(): [source: TableSource | undefined, choose: (source: TableSource | undefined) => void] {
  const [{ dataset }, change] = useQuery();
  const [file, setFile] = useState<TableSource>();
  const choose = (source: TableSource | undefined) => {
    setFile(source?.kind === 'file' ? source : undefined);
    const id = source?.kind === 'dataset' ? source.id : undefined;
    if (id !== dataset) change({ dataset: id, page: undefined });
  };
  // The same object as long as it is the same dataset: what depends on it is not done again.
  const stored = useMemo<TableSource | undefined>(
    () => (dataset ? { kind: 'dataset', id: dataset } : undefined),
    [dataset],
  );
  return [file ?? stored, choose];
}
