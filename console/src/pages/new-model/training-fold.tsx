import schema from '../../api/training.json';
import type { Fault, ResolvedModel } from '../../api/types.ts';
import { Fold } from '../../parts/fold.tsx';
import { number } from '../../parts/format.ts';
import { type Draft, faultsAt } from './draft.ts';
import { Faults, faulty } from './faults.tsx';

interface Property {
  readonly type?: string;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

const seedProperty: Property = { type: 'integer', minimum: 0, description: 'The same seed gives the same model' };
const properties: readonly (readonly [string, Property])[] = Object.entries(schema.properties);

interface TrainingFoldProps {
  readonly draft: Draft;
  /** What each will be where nothing is said. */
  readonly resolved: ResolvedModel['training'] | undefined;
  readonly faults: readonly Fault[];
  readonly set: (changes: Partial<Draft>) => void;
}

/** Every number of the recipe, as the schema of the service has them, and the seed. */
export function TrainingFold({ draft: { training, seed }, resolved, faults, set }: TrainingFoldProps) {
  const change = (name: string, value: number | undefined) => {
    const { [name]: _, ...others } = training;
    set({ training: value === undefined ? others : { ...others, [name]: value } });
  };
  return (
    <Fold
      title="Training"
      summary="budget, steps, batches, rates, ensemble, seed: chosen by the number of rows where nothing is said"
    >
      <div class="training-fields">
        {properties.map(([name, property]) => (
          <NumberField
            key={name}
            path={`/training/${name}`}
            value={training[name]}
            usual={resolved?.[name]}
            onChange={(value) => change(name, value)}
            {...{ name, property, faults }}
          />
        ))}
        <NumberField
          {...{ name: 'seed', path: '/seed', property: seedProperty, faults }}
          value={seed}
          usual={0}
          onChange={(value) => set({ seed: value })}
        />
      </div>
    </Fold>
  );
}

interface NumberFieldProps {
  readonly name: string;
  /** Where it stands in the request. */
  readonly path: string;
  readonly property: Property;
  readonly value: number | undefined;
  /** What it is where nothing is said. */
  readonly usual: unknown;
  readonly faults: readonly Fault[];
  readonly onChange: (value: number | undefined) => void;
}

function NumberField({ name, path, property, value, usual, faults, onChange }: NumberFieldProps) {
  const { type, description, minimum, maximum } = property;
  const ofField = faultsAt(faults, path);
  const id = `${name}-faults`;
  return (
    <label class="field">
      <span class="field-name">{inWords(name)}</span>
      <input
        type="number"
        step={type === 'integer' ? 1 : 'any'}
        min={minimum}
        max={maximum}
        value={value ?? ''}
        placeholder={usual === undefined ? '' : number(usual)}
        onInput={({ currentTarget: { valueAsNumber } }) =>
          onChange(Number.isFinite(valueAsNumber) ? valueAsNumber : undefined)
        }
        {...faulty(id, ofField)}
      />
      <Faults id={id} faults={ofField} />
      <span class="field-note">{description}</span>
    </label>
  );
}

/** budgetSeconds: "Budget seconds". */
function inWords(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words[0].toUpperCase() + words.slice(1);
}
