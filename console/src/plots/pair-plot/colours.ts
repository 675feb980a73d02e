import { useEffect, useState } from 'preact/hooks';
import { theme } from '../../state/theme.ts';
import type { Colour } from './painter.ts';

/** The series' colours, in the order of the series. */
const tokens = ['--series-1', '--series-2'] as const;

/** The colours of the series as the page has them now; the array changes when they do. */
export function useSeriesColours(): readonly Colour[] {
  const [colours, setColours] = useState(readColours);
  useEffect(() => {
    const system = matchMedia('(prefers-color-scheme: dark)');
    const read = () => setColours(readColours());
    system.addEventListener('change', read);
    const stop = theme.subscribe(() => queueMicrotask(read));
    return () => {
      system.removeEventListener('change', read);
      stop();
    };
  }, []);
  return colours;
}

/** A custom property says how a colour is written; what it comes to is known of an element that has it. */
function readColours(): readonly Colour[] {
  const probe = document.body.appendChild(document.createElement('span'));
  const colours = tokens.map((token): Colour => {
    probe.style.color = `var(${token})`;
    const [red = 0, green = 0, blue = 0] =
      getComputedStyle(probe)
        .color.match(/[\d.]+/g)
        ?.map(Number) ?? [];
    return [red / 255, green / 255, blue / 255];
  });
  probe.remove();
  return colours;
}
