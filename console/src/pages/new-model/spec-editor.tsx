import { useEffect, useRef, useState } from 'preact/hooks';
import type { FlowCatalogue } from '../../api/types.ts';
import type { Editor, SpecProblem } from './spec/editor.ts';
import { specSchema } from './spec/schema.ts';

interface SpecEditorProps {
  /** What it begins with: from then on the editor has it. */
  readonly text: string;
  readonly parts: FlowCatalogue;
  readonly problems: readonly SpecProblem[];
  readonly onText: (text: string) => void;
}

/** A spec as it is written, with what may stand where, and what is wrong at its place. The editor is loaded when it is needed. */
export function SpecEditor({ text, parts, problems, onText }: SpecEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const [editor, setEditor] = useState<Editor>();
  const changed = useRef(onText);
  changed.current = onText;
  useEffect(() => {
    let made: Editor | undefined;
    let isGone = false;
    import('./spec/editor.ts').then(({ createEditor }) => {
      if (isGone || !place.current) return;
      const options = { label: 'Spec of the flow', text, schema: specSchema(parts) };
      made = createEditor({ ...options, place: place.current, onText: (next) => changed.current(next) });
      setEditor(made);
    });
    return () => {
      isGone = true;
      made?.destroy();
    };
  }, [parts]);
  useEffect(() => editor?.setProblems(problems), [editor, problems]);
  return (
    <div class="stack">
      <div ref={place} class="spec-editor" />
      <p class="field-note">
        Ctrl + Space lists what may be written at the cursor; Tab leaves the editor. Layers stand from the data to the
        base.
      </p>
    </div>
  );
}
