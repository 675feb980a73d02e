import type { CsvOptions } from '../../../api/types.ts';
import { Select } from '../../../parts/select.tsx';

interface CsvReadingProps {
  /** As it is read; what is not known is left out. */
  readonly read: CsvOptions;
  readonly onChange: (changes: CsvOptions) => void;
}

const delimiters = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'bar' } as const;
const encodings = { 'utf-8': 'UTF-8', 'utf-16': 'UTF-16', 'latin-1': 'Latin-1' } as const;
const headers = { names: 'the names of the columns', cells: 'a row like the others' } as const;

/** How a CSV is read, to be changed where it was not found out rightly. */
export function CsvReading({ read, onChange }: CsvReadingProps) {
  const { delimiter, encoding, header } = read;
  return (
    <div class="intake-reading">
      <Select
        label="Between cells"
        value={delimiter ?? ''}
        options={optionsOf(delimiters, delimiter === undefined)}
        onChange={(value) => value !== '' && onChange({ delimiter: value })}
      />
      <Select
        label="First line"
        value={header === false ? 'cells' : 'names'}
        options={optionsOf(headers, false)}
        onChange={(value) => onChange({ header: value !== 'cells' })}
      />
      <Select
        label="Encoding"
        value={encoding ?? ''}
        options={optionsOf(encodings, encoding === undefined)}
        onChange={(value) => value !== '' && onChange({ encoding: value })}
      />
    </div>
  );
}

interface Named<Value> {
  readonly value: Value;
  readonly name: string;
}

/** A choice for each name, and one for what is found out. */
function optionsOf<Value extends string>(names: Readonly<Record<Value, string>>, isOpen: boolean): Named<Value | ''>[] {
  const known = Object.entries<string>(names).flatMap(([value, name]) => (isOf(names, value) ? [{ value, name }] : []));
  return isOpen ? [{ value: '', name: 'found out' }, ...known] : known;
}

function isOf<Value extends string>(names: Readonly<Record<Value, string>>, value: string): value is Value {
  return value in names;
}
