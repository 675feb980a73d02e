/** What a preset is, for somebody who has to choose one. */
export interface PresetText {
  readonly title: string;
  readonly what: string;
  readonly when: string;
  /** Where it was published. */
  readonly paper: string;
}

export const presetTexts: Readonly<Record<string, PresetText>> = {
  auto: {
    title: 'Auto',
    what: 'Several flows race on your rows; the best of them become the model.',
    when: 'When in doubt. It takes longer than one flow, since it tries several.',
    paper: 'Successive halving: Jamieson and Talwalkar, 2016',
  },
  anomaly: {
    title: 'Anomaly',
    what: 'An even mixture of spline flows that learn from rows with noise added.',
    when: 'To find unusual rows: the noise smooths the density, and enough rows are held out to calibrate p-values.',
    paper: 'Noise regularization: Rothfuss et al., 2019',
  },
  nice: {
    title: 'NICE',
    what: 'Shifts half of the columns by a function of the other half, in turn; each column is scaled once.',
    when: 'As a baseline. Its shifts keep volume, so it follows changes of scale poorly.',
    paper: 'Dinh, Krueger and Bengio, 2015',
  },
  'real-nvp': {
    title: 'Real NVP',
    what: 'Scales and shifts half of the columns by functions of the other half, in turn.',
    when: 'When speed counts: quick to learn, to score and to sample.',
    paper: 'Dinh, Sohl-Dickstein and Bengio, 2017',
  },
  glow: {
    title: 'Glow',
    what: 'Real NVP with a learned linear mixing of all columns before each layer.',
    when: 'When many columns are correlated and Real NVP is fast enough.',
    paper: 'Kingma and Dhariwal, 2018',
  },
  planar: {
    title: 'Planar',
    what: 'Each layer stretches or squeezes space along one direction, around one plane.',
    when: 'To see what a flow does, on few columns. Each layer is weak.',
    paper: 'Rezende and Mohamed, 2015',
  },
  sylvester: {
    title: 'Sylvester',
    what: 'Bends space along several directions at once: planar layers, made wider.',
    when: 'For smooth densities and few rows: it has few parameters.',
    paper: 'van den Berg et al., 2018',
  },
  maf: {
    title: 'MAF',
    what: 'Scales and shifts each column by functions of the columns before it.',
    when: 'When rows are scored more than drawn: drawing takes one pass for each column.',
    paper: 'Papamakarios, Pavlakou and Murray, 2017',
  },
  iaf: {
    title: 'IAF',
    what: 'MAF with its directions exchanged: drawing takes one pass, scoring one for each column.',
    when: 'When far more rows are drawn than scored. It is slow to train.',
    paper: 'Kingma et al., 2016',
  },
  spline: {
    title: 'Spline',
    what: 'Bends half of the columns by monotone curves whose shape depends on the other half, in turn.',
    when: 'The single flow to try first: accurate, and fast to score and to sample.',
    paper: 'Durkan et al., 2019',
  },
  'spline-autoregressive': {
    title: 'Autoregressive spline',
    what: 'Bends each column by a monotone curve whose shape depends on the columns before it.',
    when: 'When accuracy counts more than drawing, which takes one pass for each column.',
    paper: 'Durkan et al., 2019',
  },
};

const files = import.meta.glob<string>('./pictures/*.png', { eager: true, query: '?url', import: 'default' });

/** What it learned of a table that is the same for all; a mask, drawn by scripts/preset-pictures.ts. */
export const pictureOf = (preset: string): string | undefined => files[`./pictures/${preset}.png`];
