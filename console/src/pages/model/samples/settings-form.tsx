import { useState } from 'preact/hooks';
import type { SampleRequest } from '../../../api/rows.ts';
import { NumberField } from '../../../parts/number-field.tsx';
import { seeds, temperatures } from '../rows/sample-request.ts';

type Settings = Omit<SampleRequest, 'context'>;

interface SettingsFormProps {
  readonly settings: Settings;
  readonly most: number;
  readonly onChange: (settings: Settings) => void;
}

/** How many samples, by which seed, and how far from the centre: drawn when all of it is said. */
export function SettingsForm({ settings, most, onChange }: SettingsFormProps) {
  const [draft, setDraft] = useState(settings);
  const say = (said: Partial<Settings>) => setDraft((before) => ({ ...before, ...said }));
  return (
    <form
      class="sample-settings"
      onSubmit={(event) => {
        event.preventDefault();
        onChange(draft);
      }}
    >
      <NumberField label="Samples" value={draft.n} min={1} max={most} step={1} onChange={(n) => say({ n })} />
      <NumberField label="Seed" value={draft.seed} {...seeds} onChange={(seed) => say({ seed })} />
      <NumberField
        label="Temperature"
        value={draft.temperature}
        {...temperatures}
        onChange={(temperature) => say({ temperature })}
      />
      <button type="submit" class="button">
        Draw
      </button>
    </form>
  );
}
