import { calibrationPlot, judgedColumns } from '../figures/calibration-plot.ts';
import { densityMap } from '../figures/density-map.ts';
import type { Figure, LegendEntry } from '../figures/figure.ts';
import { count } from '../figures/format.ts';
import { marginalLegend, marginalPlot } from '../figures/marginal-plot.ts';
import type { Calibration } from '../figures/metrics.ts';
import { trainingCurves } from '../figures/training-curves.ts';
import type { ReportContent, ReportDensities } from './content.ts';
import { Html, html } from './html.ts';
import { svgOf } from './svg.ts';

const whole = 720;
/** Of three side by side. */
const third = 230;
/** Columns beyond these, the best calibrated ones, are left out. */
const mostCalibrated = 24;

function drawn(figure: Figure, width: number): Html {
  return html`<div role="img" aria-label="${figure.label}">${svgOf(figure, width)}</div>`;
}

/** Its marks are drawn, since the policy allows no style of their own. */
function legend(entries: readonly LegendEntry[]): Html {
  const mark = ({ mark: kind, colour }: LegendEntry) => {
    if (kind === 'line' || kind === 'dashed')
      return html`<path d="M0 6h16" stroke="${colour}" stroke-width="2"${new Html(kind === 'dashed' ? ' stroke-dasharray="4 3"' : '')}/>`;
    if (kind === 'dot') return html`<circle cx="8" cy="6" r="3" fill="${colour}"/>`;
    return html`<rect width="16" height="12" rx="2" fill="${colour}"${new Html(kind === 'area' ? ' fill-opacity="0.35"' : '')}/>`;
  };
  return html`<ul class="legend">${entries.map(
    (entry) => html`<li><svg width="16" height="12" aria-hidden="true">${mark(entry)}</svg> ${entry.name}</li>`,
  )}</ul>`;
}

export function trainingCurve({ progress, isRace }: ReportContent): Html | undefined {
  if (progress.length === 0) return undefined;
  const figure = trainingCurves(progress);
  const race = isRace ? html`<p>Several flows raced: the curves are those of the one that led.</p>` : undefined;
  return html`<section><h2>Training</h2>${race}<figure>${legend(figure.legend ?? [])}${drawn(figure, whole)}</figure></section>`;
}

export function calibration(judged: Calibration | undefined): Html | undefined {
  if (!judged || judged.columns.length === 0) return undefined;
  const columns = judgedColumns(judged);
  const shown = columns.slice(0, mostCalibrated);
  const left = columns.length - shown.length;
  return html`<section><h2>Calibration</h2>
<p>Each test row’s value is placed among the model’s own values of that column. The line shows the share of test rows below each place, minus what a right model would have: it stays in the band in 95 of 100 cases. First up and then down, the model is too narrow; first down and then up, too wide.${left > 0 ? ` Shown are the ${count(shown.length)} columns with the least p-values.` : ''}</p>
<ul class="grid">${shown.map((column) => small(column.column, calibrationPlot(column, judged.effectiveRows)))}</ul></section>`;
}

const small = (name: string, figure: Figure) => html`<li><h3>${name}</h3>${drawn(figure, third)}</li>`;

export function densities({ marginals, joints, given, leftOut = 0, missing }: ReportDensities): Html {
  if (missing !== undefined) return html`<section><h2>Density</h2><p>${missing}</p></section>`;
  const context = Object.entries(given).map(([name, value]) => `${name} = ${value}`);
  const conditional = context.length > 0 ? ` Given ${context.join(', ')}.` : '';
  const isOverRows = marginals.some(({ rows }) => rows !== undefined);
  const maps = joints.map((joint) => densityMap(joint, { scale: 'share', height: 380 }));
  return html`<section><h2>Each column by itself</h2>
<p>The model’s density, with a band of ± 2 standard errors${isOverRows ? ', over a histogram of the table’s rows' : ''}.${conditional}${leftOut > 0 ? ` ${count(leftOut)} further columns are left out.` : ''}</p>
${legend(isOverRows ? marginalLegend : marginalLegend.slice(0, 1))}
<ul class="grid">${marginals.map(({ marginal, rows }) => small(marginal.x.column, marginalPlot(marginal, rows)))}</ul></section>
${
  joints.length > 0
    ? html`<section><h2>Columns together</h2>
<p>Of the pairs that go together most. Each colour begins where the region of the highest density holds that share of the model’s rows; all other columns are integrated out.${conditional}</p>
${maps.map((figure, index) => html`<figure><h3>${joints[index].x.column} and ${joints[index].y.column}</h3>${legend(figure.legend ?? [])}${drawn(figure, whole)}</figure>`)}</section>`
    : undefined
}`;
}
