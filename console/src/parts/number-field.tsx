interface NumberFieldProps {
  readonly label: string;
  readonly note?: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number | 'any';
  readonly onChange: (value: number) => void;
}

/** A number counts once it is one within its bounds. */
export function NumberField({ label, note, onChange, ...input }: NumberFieldProps) {
  return (
    <label class="field">
      <span class="field-name">{label}</span>
      <input
        type="number"
        required
        {...input}
        onInput={({ currentTarget }) => {
          if (currentTarget.checkValidity()) onChange(currentTarget.valueAsNumber);
        }}
      />
      {note && <span class="field-note">{note}</span>}
    </label>
  );
}
