import type { Race as RaceState, Result, Runner } from '../../api/race.ts';
import { count, nats, percent, plural } from '../../parts/format.ts';
import { Section } from '../../parts/page.tsx';
import { Table } from '../../parts/table.tsx';
import { RaceChart } from '../../plots/race-chart.tsx';
import '../../styles/race.css';

interface RaceProps {
  readonly race: RaceState;
  readonly isLive: boolean;
}

/** How the flows did that competed for a model, round by round; while they compete, so far. */
export function Race({ race, isLive }: RaceProps) {
  const { runners, rounds, isMixture } = race;
  return (
    <Section
      title={isMixture ? 'The flows that are mixed' : 'The race'}
      lead={
        isMixture
          ? 'Each is trained to its end; the model is their even mixture.'
          : 'All candidates are trained for some steps; the better half, by the validation rows, goes on for twice as many, and so on. Those that are left are trained to their ends; the model is their even mixture.'
      }
    >
      <p class="race-state" role="status">
        {stateOf(race, isLive)}
      </p>
      {rounds.length > 0 && <RaceChart race={race} />}
      <Table
        caption="Candidates by round"
        rows={runners}
        keyOf={({ name }) => name}
        columns={[
          { name: 'Flow', cell: (runner) => <span class={isOut(runner) ? 'muted' : 'race-name'}>{runner.name}</span> },
          { name: 'Outcome', cell: (runner) => <Outcome {...{ runner, isLive }} /> },
          ...rounds.map((until, round) => ({
            name: `Round ${round + 1}, to step ${count(until)}`,
            isAtEnd: true,
            cell: ({ results }: Runner) => <Standing result={results[round]} />,
          })),
          { name: 'Parameters', isAtEnd: true, cell: ({ parameterCount }) => count(parameterCount) },
        ]}
      />
    </Section>
  );
}

const isOut = ({ droppedAfter, weight }: Runner) => droppedAfter !== undefined || weight === 0;

function stateOf({ runners, rounds, isOver, isMixture }: RaceState, isLive: boolean): string {
  const left = runners.filter((runner) => !isOut(runner));
  const names = left.map(({ name }) => name).join(', ');
  if (isOver) return `${left.length === 1 ? 'The model is' : 'The model is a mixture of'} ${names}.`;
  if (isMixture) return `${plural(runners.length, 'flow')} ${isLive ? 'in training' : 'were to be mixed'}.`;
  if (!isLive) return `Training ended in round ${rounds.length + 1}, before the race was over.`;
  return rounds.length === 0
    ? `Round 1: all ${runners.length} candidates are in training.`
    : `After round ${rounds.length} the best go on: ${names}.`;
}

function Standing({ result }: { result: Result | undefined }) {
  if (!result) return <span class="muted">–</span>;
  const { place, validationLogProb } = result;
  return (
    <span class="race-standing">
      {validationLogProb === null ? 'failed' : nats(validationLogProb)} <span class="race-place">{place}.</span>
    </span>
  );
}

function Outcome({ runner: { weight, droppedAfter }, isLive }: { runner: Runner; isLive: boolean }) {
  if (weight) return <span class="badge badge-ready">weight {percent(weight)}</span>;
  if (droppedAfter !== undefined) return <span class="badge">out after round {droppedAfter}</span>;
  // It was among the best, yet so far behind that it would have made the mixture worse.
  if (weight === 0) return <span class="badge">not mixed</span>;
  return isLive ? <span class="badge badge-training">in training</span> : <span class="badge">ended</span>;
}
