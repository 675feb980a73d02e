import type { PairColumn } from './column.ts';
import type { Box, Layout } from './layout.ts';
import { shortened, ticksOf } from './ticks.ts';
import type { Interval, View } from './view.ts';

/** Letters of the axes are about so wide. */
const letter = 6;
const footEdge = 14;

interface AxesProps {
  readonly columns: readonly PairColumn[];
  readonly layout: Layout;
  readonly view: View;
}

/** The frames of all panels, what stands along the foot of each column, and along the side of each row. */
export function Axes({ columns, layout, view }: AxesProps) {
  const last = columns.length - 1;
  return (
    <>
      {layout.panels.map((panel) => (
        <Frame key={`${panel.up} ${panel.across}`} box={panel} />
      ))}
      {columns.map((column, index) => (
        <Foot key={column.name} column={column} interval={view[index]} box={layout.box(last, index)} />
      ))}
      {columns.slice(1).map((column, index) => (
        <Side key={column.name} column={column} interval={view[index + 1]} box={layout.box(index + 1, 0)} />
      ))}
    </>
  );
}

const Frame = ({ box: { x, y, width, height } }: { box: Box }) => (
  <rect class="pair-frame" x={x} y={y} width={width} height={height} />
);

interface AxisProps {
  readonly column: PairColumn;
  readonly interval: Interval;
  readonly box: Box;
}

function Foot({ column, interval, box: { x, y, width, height } }: AxisProps) {
  const ticks = ticksOf(column, interval, width, column.kind === 'category' ? 40 : 64)
    // Nearer to the edge a text would stand on that of the next column.
    .filter(({ at }) => Math.min(at, 1 - at) * width > footEdge);
  const most = Math.max(3, Math.floor(width / (ticks.length || 1) / letter) - 1);
  return (
    <g class="pair-foot" transform={`translate(${x} ${y + height})`}>
      {ticks.map(({ at, text }) => (
        <g key={text} transform={`translate(${(at * width).toFixed(1)} 0)`}>
          <path class="pair-tick" d="M0 0v5" />
          <text y={17} text-anchor="middle">
            {column.kind === 'category' ? shortened(text, most) : text}
          </text>
        </g>
      ))}
    </g>
  );
}

function Side({ column, interval, box: { x, y, height } }: AxisProps) {
  const ticks = ticksOf(column, interval, height, column.kind === 'category' ? 14 : 40);
  return (
    <g class="pair-side" transform={`translate(${x} ${y})`}>
      {ticks.map(({ at, text }) => (
        <g key={text} transform={`translate(0 ${((1 - at) * height).toFixed(1)})`}>
          <path class="pair-tick" d="M0 0h-5" />
          <text x={-8} y={4} text-anchor="end">
            {shortened(text, x < 50 ? 5 : 8)}
          </text>
        </g>
      ))}
    </g>
  );
}
