import { measuresOf } from '../figures/metrics.ts';
import { verdictsOf } from '../figures/verdicts.ts';
import type { ReportContent } from './content.ts';
import { calibration, densities, trainingCurve } from './figures.ts';
import { Html, html } from './html.ts';
import { contentSecurityPolicy, style } from './style.ts';
import { dateOf, facts, flow, measures, reproduction, verdicts, warnings } from './words.ts';

/** A report as one HTML document, with nothing outside of it. */
export function reportPage(content: ReportContent): string {
  const { name, metrics, madeAt } = content;
  const body: (Html | undefined)[] = [
    facts(content),
    warnings(content.warnings),
    measures(measuresOf(metrics)),
    verdicts(verdictsOf(metrics)),
    trainingCurve(content),
    calibration(metrics.calibration),
    densities(content.densities),
    flow(content.flow),
    reproduction(content),
  ];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${name} · report of a model</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
<header><p class="kind">Report of a model</p><h1>${name}</h1></header>
${body}
</main>
<footer><p>Made by Pushforward on <time datetime="${madeAt}">${dateOf(madeAt)}</time>. Log-likelihoods are means in nats per row.</p></footer>
</body>
</html>
`.text;
}
