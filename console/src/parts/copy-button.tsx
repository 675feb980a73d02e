import { useState } from 'preact/hooks';

/** Puts a text where it can be pasted from. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [said, setSaid] = useState('Copy');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied');
    } catch {
      // Pages that came without TLS from another machine may not.
      setSaid('The browser does not allow it');
    }
    setTimeout(() => setSaid('Copy'), 2000);
  };
  return (
    <button type="button" class="button small" aria-label={`${label}: ${said}`} onClick={copy}>
      {said}
    </button>
  );
}
