import { cellName, edges, type GridAxis, hasCategories, shortened } from './axis.ts';
import { type DensityLevels, levelColour, levelsOf, type Scale } from './density-levels.ts';
import type { Figure, LegendEntry, PlotLibrary } from './figure.ts';
import { number, percent } from './format.ts';

/** A model's density of two columns, as the API gives it: a row for each value of y. */
export interface JointDensity {
  readonly x: GridAxis;
  readonly y: GridAxis;
  readonly density: readonly (readonly number[])[];
}

interface DensityMapOptions {
  readonly scale: Scale;
  /** Rows of the table, as places on the two axes. */
  readonly rows?: readonly (readonly [x: number, y: number])[];
  /** What the values are, where they are not the density itself. */
  readonly what?: string;
  readonly height?: number;
}

/** Two columns at once: filled contours of numbers, cells where there are categories or whole numbers. */
export function densityMap(
  joint: JointDensity,
  { scale, rows = [], what = 'Density', height = 420 }: DensityMapOptions,
): Figure {
  const { x, y, density } = joint;
  const values = density.flat();
  const levels = levelsOf(values, scale);
  const top = values.reduce((best, value, index) => (value > values[best] ? index : best), 0);
  const at = (axis: GridAxis, index: number) => {
    const value = axis.values[index];
    return typeof value === 'number' ? number(value) : cellName(value);
  };
  const [column, line] = [top % x.values.length, Math.floor(top / x.values.length)];
  return {
    label: `${what} of ${x.column} and ${y.column}: highest, ${number(values[top])}, where ${x.column} is ${at(x, column)} and ${y.column} is ${at(y, line)}`,
    height,
    legend: legendOf(levels, scale),
    options: (plot) => ({
      marginLeft: hasCategories(y) ? 96 : 56,
      marginRight: 16,
      marginBottom: 38,
      x: axisOptions(x),
      y: axisOptions(y),
      color: { type: 'threshold', domain: levels.thresholds.slice(1), range: levels.colours },
      marks: [
        isLine(x) && isLine(y) ? contours(plot, joint, levels) : cells(plot, joint, levels),
        ...probabilities(plot, joint, levels),
        ...(rows.length > 0 && !hasCategories(x) && !hasCategories(y)
          ? [plot.dot(rows, { x: '0', y: '1', r: 1.3, fill: 'var(--ink)', fillOpacity: 0.4, clip: true })]
          : []),
      ],
    }),
  };
}

/** Whole numbers that are few stand each for itself. */
const isLine = (axis: GridAxis) => !hasCategories(axis) && (axis.kind === 'continuous' || axis.values.length > 24);

/** Every other level of shares, and fewer of densities, whose names are longer. */
function legendOf({ thresholds, colours, shares }: DensityLevels, scale: Scale): LegendEntry[] {
  const every = scale === 'share' ? 2 : 3;
  const shown = [...thresholds.keys()].filter((level) => (thresholds.length - 1 - level) % every === 0);
  return shown.map((level, place) => ({
    name:
      scale === 'share'
        ? `${percent(shares[level])}${place === 0 ? ' of rows' : ''}`
        : `${place === 0 ? 'from ' : ''}${number(thresholds[level])}`,
    colour: colours[level],
    mark: 'swatch',
  }));
}

function axisOptions(axis: GridAxis) {
  if (hasCategories(axis))
    return {
      type: 'band' as const,
      label: axis.column,
      domain: axis.values.map(cellName),
      padding: 0.04,
      tickFormat: (name: string) => shortened(name),
      tickSize: 0,
    };
  const places = edges(axis);
  return { label: axis.column, domain: [places[0], places[places.length - 1]], ticks: 6 };
}

function contours(plot: PlotLibrary, { x, y, density }: JointDensity, { thresholds }: DensityLevels) {
  const [across, up] = [edges(x), edges(y)];
  return plot.contour(density.flat(), {
    width: x.values.length,
    height: y.values.length,
    x1: across[0],
    x2: across[across.length - 1],
    y1: up[0],
    y2: up[up.length - 1],
    value: plot.identity,
    fill: 'value',
    thresholds: [...thresholds],
    stroke: 'var(--ink)',
    strokeWidth: 0.6,
    strokeOpacity: 0.22,
  });
}

interface Place {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

const placesOf = (axis: GridAxis): Place[] =>
  axis.values.map((value) => ({
    name: cellName(value),
    from: Number(value) - axis.width / 2,
    to: Number(value) + axis.width / 2,
  }));

function cells(plot: PlotLibrary, { x, y, density }: JointDensity, { thresholds }: DensityLevels) {
  const [across, up] = [placesOf(x), placesOf(y)];
  const all = density.flatMap((line, row) => line.map((value, column) => ({ value, x: across[column], y: up[row] })));
  // What is below the lowest level has the colour of the paper.
  const shown = all.filter(({ value }) => value >= thresholds[0]);
  type Shown = (typeof shown)[number];
  const fill = ({ value }: Shown) => value;
  const alongX = hasCategories(x)
    ? { x: (cell: Shown) => cell.x.name }
    : { x1: (cell: Shown) => cell.x.from, x2: (cell: Shown) => cell.x.to };
  const alongY = hasCategories(y)
    ? { y: (cell: Shown) => cell.y.name }
    : { y1: (cell: Shown) => cell.y.from, y2: (cell: Shown) => cell.y.to };
  const options = { ...alongX, ...alongY, fill };
  // Along numbers cells overlap a little: else the paper shines through between them.
  const [sideways, upwards] = [
    { insetLeft: -0.25, insetRight: -0.25 },
    { insetTop: -0.25, insetBottom: -0.25 },
  ];
  if (hasCategories(x))
    return hasCategories(y) ? plot.cell(shown, options) : plot.barY(shown, { ...options, ...upwards });
  return hasCategories(y)
    ? plot.barX(shown, { ...options, ...sideways })
    : plot.rect(shown, { ...options, inset: -0.25 });
}

/** Probabilities of few categories can be read. */
const mostNamed = 100;
const farColours = [6, 7, 8, 9, 10, 11].map(levelColour);

function probabilities(plot: PlotLibrary, { x, y, density }: JointDensity, { thresholds, colours }: DensityLevels) {
  if (!hasCategories(x) || !hasCategories(y) || x.values.length * y.values.length > mostNamed) return [];
  const cells = density.flatMap((line, row) =>
    line.map((value, column) => ({ value, x: cellName(x.values[column]), y: cellName(y.values[row]) })),
  );
  const text = ({ value }: (typeof cells)[number]) => number(Number(value.toPrecision(2)));
  // Against the colours away from the paper's stands the paper's own.
  const isFar = ({ value }: (typeof cells)[number]) => {
    const level = thresholds.findLastIndex((threshold) => value >= threshold);
    return level !== -1 && farColours.includes(colours[level]);
  };
  const fill = (cell: (typeof cells)[number]) => (isFar(cell) ? 'var(--card)' : 'var(--ink)');
  return [plot.text(cells, { x: 'x', y: 'y', text, fontSize: 12, fill: { value: fill, scale: null } })];
}
