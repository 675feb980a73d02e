/** An architecture as Pushforward's spec, and the scripts of `bench/peers` that build the same from their own parts. */
export interface Architecture {
  readonly name: string;
  readonly spec: unknown;
  readonly peers: readonly string[];
}

const eightTimes = (...layers: readonly unknown[]) => ({ layers: [{ repeat: 8, layers }] });

const perceptron = { network: 'mlp', hidden: [64, 64], activation: 'relu' };
const residual = { network: 'residual', hidden: [64, 64], activation: 'relu' };
const spline = { transform: 'spline', bins: 8, bound: 5 };

/** What each peer runs in its place: see bench/peers/README.md. */
export const architectures: readonly Architecture[] = [
  {
    name: 'coupling-affine',
    spec: eightTimes({ type: 'coupling', transform: 'affine', ...perceptron }, { type: 'permutation', kind: 'swap' }),
    peers: ['flowjax', 'normflows', 'nflows', 'zuko'],
  },
  {
    name: 'coupling-spline',
    spec: eightTimes({ type: 'lu' }, { type: 'coupling', ...spline, ...residual }),
    peers: ['flowjax', 'nflows', 'normflows'],
  },
  {
    name: 'autoregressive-affine',
    spec: eightTimes(
      { type: 'autoregressive', transform: 'affine', ...perceptron },
      { type: 'permutation', kind: 'reverse' },
    ),
    peers: ['flowjax', 'zuko', 'nflows'],
  },
  {
    name: 'autoregressive-spline',
    spec: eightTimes({ type: 'autoregressive', ...spline, ...perceptron }, { type: 'permutation', kind: 'reverse' }),
    peers: ['flowjax', 'zuko', 'nflows'],
  },
];
