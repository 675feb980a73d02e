import type { Standing, Sweep } from '../../api/types.ts';
import { count, duration, nats, plural } from '../../parts/format.ts';
import { Section } from '../../parts/page.tsx';
import { Table } from '../../parts/table.tsx';
import { SweepChart } from '../../plots/sweep-chart.tsx';

/** The flows of a sweep, best first; while it runs, so far. */
export function Leaderboard({ sweep }: { sweep: Sweep }) {
  const { leaderboard } = sweep;
  return (
    <Section
      title="Leaderboard"
      lead="Ranked by the validation rows, on which nothing was learned; the test rows, by which nothing is chosen, say how good the first really is. With the same seed all flows have the same rows: differences are taken seed by seed."
    >
      {leaderboard.some(({ validationLogProb }) => validationLogProb) && <SweepChart sweep={sweep} />}
      <Table
        caption="Flows, best first"
        rows={leaderboard}
        keyOf={({ flow }) => flow}
        columns={[
          { name: '#', id: 'rank', isAtEnd: true, cell: ({ rank }) => rank },
          { name: 'Flow', cell: ({ flow }) => <span class="sweep-flow">{flow}</span> },
          { name: 'Models', cell: (standing) => <State standing={standing} /> },
          {
            name: 'Validation log-likelihood',
            isAtEnd: true,
            cell: ({ validationLogProb }) => <Mean of={validationLogProb} />,
          },
          {
            name: 'Difference to the first',
            isAtEnd: true,
            cell: ({ differenceToBest }) => <Mean of={differenceToBest} />,
          },
          { name: 'Test log-likelihood', isAtEnd: true, cell: ({ testLogProb }) => <Mean of={testLogProb} /> },
          {
            name: 'Parameters',
            isAtEnd: true,
            cell: ({ parameterCount }) => (parameterCount === null ? '–' : count(parameterCount)),
          },
          {
            name: 'Training',
            isAtEnd: true,
            cell: ({ trainingSeconds }) => (trainingSeconds === null ? '–' : duration(trainingSeconds)),
          },
        ]}
      />
    </Section>
  );
}

function State({ standing: { ended, trials, ready, failed } }: { standing: Standing }) {
  return (
    <>
      {ready < trials ? `${ready} of ${trials} ready` : plural(trials, 'ready', 'ready')}
      {failed > 0 && `, ${failed} failed`}
      {!ended && <span class="muted">, so far</span>}
    </>
  );
}

function Mean({ of }: { of: Standing['validationLogProb'] }) {
  if (!of) return <span class="muted">–</span>;
  const { mean, standardError } = of;
  return (
    <>
      {nats(mean)}
      {standardError !== null && <span class="muted"> ± {nats(standardError)}</span>}
    </>
  );
}
