import { count, plural } from '../figures/format.ts';
import type { Measure } from '../figures/metrics.ts';
import type { Verdict } from '../figures/verdicts.ts';
import type { ReportContent } from './content.ts';
import { type Html, html } from './html.ts';

const dates = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
/** The same wherever a report is made and read. */
export const dateOf = (iso: string) => `${dates.format(new Date(iso))} UTC`;

export function facts({ id, dataset, createdAt, finishedAt, columns, context, parameterCount }: ReportContent): Html {
  const said = Object.entries({
    'Trained on': dataset ? `${dataset.name}, ${plural(dataset.rowCount, 'row')}` : 'a dataset that is deleted',
    [columns.length === 1 ? 'Column' : 'Columns']: columns.join(', '),
    ...(context.length > 0 && { Given: context.join(', ') }),
    ...(parameterCount !== null && { Parameters: count(parameterCount) }),
    'Asked for': dateOf(createdAt),
    ...(finishedAt !== undefined && { Ready: dateOf(finishedAt) }),
    Model: id,
    ...(dataset && { Dataset: dataset.id }),
  });
  return html`<dl class="facts">${said.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

export function warnings(said: readonly string[]): Html | undefined {
  if (said.length === 0) return undefined;
  return html`<section class="warnings"><h2>What was noticed</h2><ul>${said.map((each) => html`<li>${each}</li>`)}</ul></section>`;
}

export function measures(all: readonly Measure[]): Html | undefined {
  if (all.length === 0) return undefined;
  return html`<section><h2>How good it is</h2><dl class="measures">${all.map(
    ({ name, value, unit, meaning }) =>
      html`<div><dt>${name}</dt><dd class="value"><strong>${value}</strong> ${unit}</dd><dd class="meaning">${meaning}</dd></div>`,
  )}</dl></section>`;
}

const standings = { good: 'as it should be', doubtful: 'in doubt', bad: 'not so' };

export function verdicts(all: readonly Verdict[]): Html | undefined {
  if (all.length === 0) return undefined;
  return html`<section><h2>What tests say</h2><ul class="verdicts">${all.map(
    ({ name, standing, sentence, tested }) =>
      html`<li class="${standing}"><h3>${name} <span>${standings[standing]}</span></h3><p>${sentence}</p><p class="note">${tested}</p></li>`,
  )}</ul></section>`;
}

/** JSON with what holds no further objects on a line; line breaks are never within its strings. */
const written = (value: unknown) =>
  JSON.stringify(value, null, 2).replace(/\{[^{}]*\}|\[[^[\]{}]*\]/g, (part) => part.replace(/\n\s*/g, ' '));

export function flow(resolved: ReportContent['flow']): Html {
  return html`<section><h2>The flow</h2><p>Layers from the data towards the base distribution; nothing is left to a default.</p>
<details><summary>As JSON</summary><pre>${written(resolved)}</pre></details></section>`;
}

export function reproduction({ request, dataset, isRace }: ReportContent): Html {
  return html`<section><h2>To have it again</h2>
<p>${dataset ? '' : 'Its dataset is deleted: store the same table again, and name its id. '}Send this as JSON to <code>POST /v1/models</code>. The same rows, seed and version give the same model where training ends by its steps or its patience; where it ends by <code>budgetSeconds</code>, how far it comes depends on the machine${isRace ? ', and so may which flow wins the race' : ''}.</p>
<details><summary>The request</summary><pre>${written(request)}</pre></details></section>`;
}
