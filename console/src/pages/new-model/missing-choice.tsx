import { Select } from '../../parts/select.tsx';
import type { Missing } from './draft.ts';

const options: readonly { readonly value: Missing; readonly name: string }[] = [
  { value: 'model', name: 'Model them: that a cell is missing is a part of the density' },
  { value: 'impute', name: 'Fill them with the column’s median or commonest category' },
  { value: 'drop', name: 'Leave out the rows that have any' },
  { value: 'reject', name: 'Refuse tables that have any' },
];

interface MissingChoiceProps {
  readonly value: Missing;
  readonly onChange: (missing: Missing) => void;
}

/** What becomes of missing cells. */
export function MissingChoice({ value, onChange }: MissingChoiceProps) {
  return <Select label="Missing cells" {...{ value, options, onChange }} />;
}
