import schema from '../../api/training.json';
import type { Fault, ResolvedModel } from '../../api/types.ts';
import { number } from '../../parts/format.ts';
import { type Draft, faultsAt } from './draft.ts';
import { Faults, faulty } from './faults.tsx';

interface Property {
  readonly type?: string;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

const properties: readonly (readonly [string, Property])[] = Object.entries(schema.properties);

interface TrainingFieldsProps {
  readonly training: Draft['training'];
  /** What each will be where nothing is said. */
  readonly resolved: ResolvedModel['training'] | undefined;
  readonly faults: readonly Fault[];
  readonly onChange: (training: Draft['training']) => void;
}

/** Every number of the recipe, as the schema of the service has them. */
export function TrainingFields({ training, resolved, faults, onChange }: TrainingFieldsProps) {
  const set = (name: string, value: number) => {
    const { [name]: _, ...others } = training;
    onChange(Number.isFinite(value) ? { ...others, [name]: value } : others);
  };
  return (
    <div class="training-fields">
      {properties.map(([name, { type, description, minimum, maximum }]) => {
        const ofField = faultsAt(faults, `/training/${name}`);
        const id = `training-${name}-faults`;
        return (
          <label class="field" key={name}>
            <span class="field-name">{inWords(name)}</span>
            <input
              type="number"
              step={type === 'integer' ? 1 : 'any'}
              min={minimum}
              max={maximum}
              value={training[name] ?? ''}
              placeholder={resolved ? number(resolved[name]) : ''}
              onInput={({ currentTarget }) => set(name, currentTarget.valueAsNumber)}
              {...faulty(id, ofField)}
            />
            <Faults id={id} faults={ofField} />
            <span class="field-note">{description}</span>
          </label>
        );
      })}
    </div>
  );
}

/** budgetSeconds: "Budget seconds". */
function inWords(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words[0].toUpperCase() + words.slice(1);
}
