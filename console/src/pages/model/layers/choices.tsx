import { Select } from '../../../parts/select.tsx';

export interface Choices {
  readonly x: string;
  readonly y: string;
  readonly from: 'samples' | 'rows';
  readonly n: number;
  readonly seed: number;
  readonly member: number;
  readonly grid: 'squares' | 'circles' | 'none';
  readonly permutations: 'shown' | 'followed' | undefined;
}

type Query = Readonly<Record<string, string | undefined>>;

const counts = [250, 500, 1000, 2000, 5000];
const grids = ['squares', 'circles', 'none'] as const;
const orders = ['shown', 'followed'] as const;

/** What the address asks for, of these columns. */
export function choicesIn(query: Query, numbers: readonly string[]): Choices {
  const x = known(query.x, numbers) ?? numbers[0];
  const whole = (text: string | undefined) => (text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined);
  return {
    x,
    y:
      known(
        query.y,
        numbers.filter((name) => name !== x),
      ) ??
      numbers.find((name) => name !== x) ??
      x,
    from: query.from === 'rows' ? 'rows' : 'samples',
    n: counts.find((count) => count === whole(query.n)) ?? 1000,
    seed: whole(query.seed) ?? 0,
    member: whole(query.member) ?? 0,
    grid: grids.find((grid) => grid === query.grid) ?? 'squares',
    permutations: orders.find((order) => order === query.permutations),
  };
}

const known = (name: string | undefined, names: readonly string[]) => names.find((each) => each === name);

interface ChoicesFormProps {
  readonly choices: Choices;
  readonly numbers: readonly string[];
  readonly hasRows: boolean;
  readonly hasPermutations: boolean;
  /** How many flows the model mixes. */
  readonly members: number;
  readonly onChange: (changes: Query) => void;
}

export function ChoicesForm({ choices, numbers, hasRows, hasPermutations, members, onChange }: ChoicesFormProps) {
  const named = (names: readonly string[]) => names.map((name) => ({ value: name, name }));
  const { x, y, from, n, seed, member, grid, permutations } = choices;
  return (
    <div class="layers-choices">
      {numbers.length > 2 && (
        <>
          <Select
            label="To the right"
            value={x}
            options={named(numbers)}
            onChange={(value) => onChange({ x: value, y: value === y ? x : y })}
          />
          <Select
            label="Upwards"
            value={y}
            options={named(numbers)}
            onChange={(value) => onChange({ y: value, x: value === x ? y : x })}
          />
        </>
      )}
      {hasRows && (
        <Select
          label="Points"
          value={from}
          options={[
            { value: 'samples', name: 'Samples of the model' },
            { value: 'rows', name: 'Rows of the table' },
          ]}
          onChange={(value) => onChange({ from: value })}
        />
      )}
      <Select
        label="How many"
        value={String(n)}
        options={counts.map((count) => ({ value: String(count), name: count.toLocaleString('en') }))}
        onChange={(value) => onChange({ n: value })}
      />
      <Select
        label="Grid"
        value={grid}
        options={[
          { value: 'squares', name: 'Squares' },
          { value: 'circles', name: 'Circles and rays' },
          { value: 'none', name: 'None' },
        ]}
        onChange={(value) => onChange({ grid: value })}
      />
      {hasPermutations && (
        <Select
          label="Permutations"
          value={permutations ?? (numbers.length > 2 ? 'followed' : 'shown')}
          options={[
            { value: 'shown', name: numbers.length > 2 ? 'Shown' : 'Shown as reflections' },
            { value: 'followed', name: 'Followed' },
          ]}
          onChange={(value) => onChange({ permutations: value })}
        />
      )}
      {members > 1 && (
        <Select
          label="Flow of the mixture"
          value={String(member)}
          options={Array.from({ length: members }, (_, index) => ({
            value: String(index),
            name: `${index + 1} of ${members}`,
          }))}
          onChange={(value) => onChange({ member: value })}
        />
      )}
      <label class="field">
        <span class="field-name">Seed</span>
        <input
          type="number"
          min={0}
          max={999_999_999}
          value={seed}
          onChange={({ currentTarget }) => onChange({ seed: currentTarget.value })}
        />
      </label>
    </div>
  );
}
