import { useState } from 'preact/hooks';

interface GivenFormProps {
  readonly context: readonly string[];
  /** A JSON object. */
  readonly given: string | undefined;
  readonly onChange: (given: string) => void;
}

/** The values of the columns that condition the model. */
export function GivenForm({ context, given, onChange }: GivenFormProps) {
  const known = valuesIn(given);
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>(
    Object.fromEntries(context.map((name) => [name, name in known ? String(known[name]) : ''])),
  );
  return (
    <form
      class="layers-given"
      onSubmit={(event) => {
        event.preventDefault();
        onChange(JSON.stringify(Object.fromEntries(context.map((name) => [name, cellOf(texts[name])]))));
      }}
    >
      {context.map((name) => (
        <label key={name} class="field">
          <span class="field-name">{name}</span>
          <input
            value={texts[name]}
            onInput={({ currentTarget: { value } }) => setTexts((before) => ({ ...before, [name]: value }))}
          />
        </label>
      ))}
      <button type="submit" class="button">
        Show, given these
      </button>
    </form>
  );
}

/** Whether a value stands there for each column. */
export function isGiven(given: string | undefined, context: readonly string[]): boolean {
  const values = valuesIn(given);
  return context.every((name) => name in values);
}

function valuesIn(given: string | undefined): Readonly<Record<string, unknown>> {
  try {
    return { ...JSON.parse(given ?? '{}') };
  } catch {
    return {};
  }
}

/** A number where it reads as one; nothing is a missing cell. */
function cellOf(text: string): string | number | boolean | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true';
  return Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
}
