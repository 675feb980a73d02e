import { useState } from 'preact/hooks';

interface PasteBoxProps {
  readonly names: readonly string[];
  readonly problem: string | undefined;
  readonly onPaste: (text: string) => void;
}

/** Where rows come in as text. */
export function PasteBox({ names, problem, onPaste }: PasteBoxProps) {
  const [text, setText] = useState('');
  return (
    <details class="fold">
      <summary>Paste rows</summary>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          onPaste(text);
        }}
      >
        <label class="field">
          <span class="field-name">Rows from a spreadsheet, a CSV, or JSON</span>
          <textarea
            rows={5}
            spellcheck={false}
            value={text}
            placeholder={names.join(', ')}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
          <span class="field-note">
            With a first line of names, in any order; without one in this order: {names.join(', ')}.
          </span>
        </label>
        <button type="submit" class="button small" disabled={text.trim() === ''}>
          Use these rows
        </button>
      </form>
      {problem && (
        <p class="paste-problem" role="alert">
          {problem}
        </p>
      )}
    </details>
  );
}
