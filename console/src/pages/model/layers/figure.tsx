import { effect } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { save } from '../../../api/save.ts';
import { count } from '../../../parts/format.ts';
import { theme } from '../../../state/theme.ts';
import { canvasSurface } from './canvas-surface.ts';
import type { Journey } from './journey.ts';
import { paint } from './paint.ts';
import { type Colours, coloursOf } from './palette.ts';
import type { Player } from './player.ts';
import { type Layout, layOut, sceneAt } from './scene.ts';
import { svgSurface } from './svg-surface.ts';
import type { Size } from './view.ts';

interface FigureProps {
  readonly journey: Journey;
  /** What it is compared with at its ends. */
  readonly others: Journey | undefined;
  readonly player: Player;
  readonly showsGrid: boolean;
  /** What files of it are called. */
  readonly name: string;
}

/** Pixels of a PNG for each of the page's. */
const fileScale = 2;

/** The plane at the player's position. */
export function LayersFigure({ journey, others, player, showsGrid, name }: FigureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(canvas);
  const scheme = useScheme();
  const layout = useMemo(() => (size ? layOut(journey, others, size) : undefined), [journey, others, size]);
  useEffect(() => {
    const element = canvas.current;
    if (!element || !layout) return;
    const colours = coloursOf(element);
    return effect(() => draw(element, layout, { colours, player, showsGrid }));
  }, [layout, player, showsGrid, scheme]);
  const { state } = journey.stops[player.stop.value];
  const { from, points } = journey.layers;
  return (
    <figure class="layers-figure">
      <canvas
        ref={canvas}
        class="layers-canvas"
        role="img"
        aria-label={`${count(points)} ${from === 'rows' ? 'rows of the table' : 'samples'}, and a grid, at “${state.name}”: ${state.x} to the right, ${state.y} upwards`}
      />
      <figcaption class="layers-files">
        {(['PNG', 'SVG'] as const).map((format) => (
          <button
            key={format}
            type="button"
            class="button quiet"
            aria-label={`Save this state as ${format}`}
            onClick={() => {
              if (canvas.current && layout)
                void keep(
                  format,
                  layout,
                  { colours: coloursOf(canvas.current), player, showsGrid },
                  `${name}, ${state.name}`,
                );
            }}
          >
            {format}
          </button>
        ))}
      </figcaption>
    </figure>
  );
}

interface Look {
  readonly colours: Colours;
  readonly player: Player;
  readonly showsGrid: boolean;
}

function draw(element: HTMLCanvasElement, layout: Layout, look: Look, scale = devicePixelRatio): void {
  const { width, height } = layout.size;
  const [across, down] = [width, height].map((pixels) => Math.round(pixels * scale));
  if (element.width !== across || element.height !== down) Object.assign(element, { width: across, height: down });
  const context = element.getContext('2d');
  if (!context) return;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  const { colours, player, showsGrid } = look;
  const scene = sceneAt(layout, player.drawn, { isMoving: player.moving.value });
  paint(canvasSurface(context, layout.size), scene, colours, { showsGrid });
}

async function keep(format: 'PNG' | 'SVG', layout: Layout, look: Look, name: string): Promise<void> {
  if (format === 'SVG') {
    const surface = svgSurface(layout.size);
    paint(surface, sceneAt(layout, look.player.drawn, { isMoving: undefined }), look.colours, look);
    save(new Blob([surface.svg()], { type: 'image/svg+xml' }), `${name}.svg`);
    return;
  }
  const copy = document.createElement('canvas');
  draw(copy, layout, look, fileScale);
  copy.toBlob((blob) => blob && save(blob, `${name}.png`), 'image/png');
}

/** Of an element on the page, in whole pixels. */
function useSize(element: { readonly current: HTMLElement | null }): Size | undefined {
  const [size, setSize] = useState<Size>();
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([{ contentRect }]) => {
      const [width, height] = [Math.round(contentRect.width), Math.round(contentRect.height)];
      if (width > 0 && height > 0) setSize({ width, height });
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return size;
}

/** What the colours of the page depend on. */
function useScheme(): string {
  const dark = useMemo(() => matchMedia('(prefers-color-scheme: dark)'), []);
  const [isDark, setDark] = useState(dark.matches);
  useEffect(() => {
    const changed = () => setDark(dark.matches);
    dark.addEventListener('change', changed);
    return () => dark.removeEventListener('change', changed);
  }, []);
  return `${theme.value} ${isDark}`;
}
