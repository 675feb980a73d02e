import { save } from '../api/save.ts';
import { useAction } from '../state/use-action.ts';

interface DownloadsProps {
  /** What the figure is called, as in "training curves"; its files are called so, too. */
  readonly name: string;
  /** A file of its own: nothing of the page's style or fonts is needed to show it. */
  readonly toSvg?: (() => string | Promise<string>) | undefined;
  readonly toPng?: (() => Promise<Blob>) | undefined;
}

/** Keeps a figure, as it is shown, as a file. */
export function Downloads({ name, toSvg, toPng }: DownloadsProps) {
  const file = fileName(name);
  const { run, isBusy, error } = useAction(async (format: 'SVG' | 'PNG') => {
    if (format === 'SVG' && toSvg) save(new Blob([await toSvg()], { type: 'image/svg+xml' }), `${file}.svg`);
    if (format === 'PNG' && toPng) save(await toPng(), `${file}.png`);
  });
  const formats = [...(toSvg ? (['SVG'] as const) : []), ...(toPng ? (['PNG'] as const) : [])];
  return (
    <div class="downloads">
      {error && <span role="alert">{error.message}</span>}
      {formats.map((format) => (
        <button
          key={format}
          type="button"
          class="download"
          aria-label={`Download as ${format}: ${name}`}
          disabled={isBusy}
          onClick={() => run(format)}
        >
          <svg viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
            <path d="M8 2v8M4.5 7 8 10.5 11.5 7M3 13.5h10" fill="none" stroke="currentColor" stroke-width="1.5" />
          </svg>
          {format}
        </button>
      ))}
    </div>
  );
}

/** What every file system takes; letters of any script stay. */
export const fileName = (name: string) =>
  name
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 100) || 'figure';
