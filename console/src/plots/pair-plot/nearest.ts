import type { Panel } from './layout.ts';
import type { PairTable } from './table.ts';
import type { View } from './view.ts';

/** Within how many pixels a point counts as pointed at. */
const reach = 12;

/** The point next to a place in a panel, in pixels from its upper left corner; undefined where none is near. */
export function nearest(
  { positions, seriesOf, count }: PairTable,
  { across, up, width, height }: Panel,
  view: View,
  [x, y]: readonly [number, number],
  shown: readonly boolean[],
): number | undefined {
  const [left, right] = view[across];
  const [bottom, top] = view[up];
  const [perX, perY] = [width / (right - left), height / (top - bottom)];
  const [atX, atY] = [left + x / perX, top - y / perY];
  let found: number | undefined;
  let least = reach ** 2;
  for (let point = 0; point < count; point++) {
    const dx = (positions[across][point] - atX) * perX;
    if (dx > reach || dx < -reach) continue;
    const dy = (positions[up][point] - atY) * perY;
    const distance = dx * dx + dy * dy;
    if (distance >= least || !shown[seriesOf[point]]) continue;
    least = distance;
    found = point;
  }
  return found;
}
