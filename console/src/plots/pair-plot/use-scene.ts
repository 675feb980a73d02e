import type { RefObject } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Budget } from './budget.ts';
import { canvasPainter } from './canvas-painter.ts';
import type { Layout } from './layout.ts';
import type { Painter } from './painter.ts';
import { Scene, type Wish } from './scene.ts';
import type { PairTable } from './table.ts';
import { webglPainter } from './webgl-painter.ts';

/** What was found out about the machine holds for all plots. */
const budget = new Budget();

/**
 * Draws the points of a table into a canvas whenever what is wished for changes. `mostPoints` are as many as a panel has where the
 * canvas draws without WebGL; `complete` draws all at once, for a picture to be taken of.
 */
export function useScene(canvas: RefObject<HTMLCanvasElement | null>, table: PairTable, layout: Layout, wish: Wish) {
  const scene = useRef<Scene | undefined>(undefined);
  const latest = useRef(wish);
  const request = useRef<number | undefined>(undefined);
  const [mostPoints, setMostPoints] = useState(Infinity);
  // A context that was lost and is there again has nothing of what it had.
  const [generation, setGeneration] = useState(0);
  latest.current = wish;

  const schedule = useCallback(() => {
    request.current ??= requestAnimationFrame((now) => {
      request.current = undefined;
      if (scene.current?.frame(now, latest.current)) schedule();
      // For those who measure how fast it is.
      if (canvas.current) canvas.current.dataset.points = String(scene.current?.points ?? 0);
    });
  }, []);

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    // Only of a context that was not allowed to be lost is it told when it is back.
    const onLost = (event: Event) => event.preventDefault();
    const onRestored = () => setGeneration((before) => before + 1);
    element.addEventListener('webglcontextlost', onLost);
    element.addEventListener('webglcontextrestored', onRestored);
    return () => {
      element.removeEventListener('webglcontextlost', onLost);
      element.removeEventListener('webglcontextrestored', onRestored);
    };
  }, []);

  const painter = useRef<Painter | undefined>(undefined);
  useLayoutEffect(() => {
    const element = canvas.current;
    if (!element) return;
    painter.current = webglPainter(element, table) ?? canvasPainter(element, table);
    setMostPoints(painter.current?.mostPoints ?? 0);
    return () => painter.current?.dispose();
  }, [table, generation]);

  useLayoutEffect(() => {
    scene.current = painter.current && new Scene(painter.current, table, layout, budget);
    schedule();
  }, [table, layout, generation]);

  useLayoutEffect(schedule, [wish]);
  useEffect(
    () => () => {
      if (request.current !== undefined) cancelAnimationFrame(request.current);
    },
    [],
  );
  return { mostPoints, complete: () => scene.current?.complete(latest.current) };
}
