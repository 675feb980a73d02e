import type { Sweep, Trial } from '../../api/types.ts';
import { StatusBadge } from '../../parts/badges.tsx';
import { count, nats } from '../../parts/format.ts';
import { Section } from '../../parts/page.tsx';
import { Table } from '../../parts/table.tsx';

/** Every model of a sweep. */
export function Trials({ trials }: { trials: Sweep['trials'] }) {
  return (
    <Section title="Models">
      <Table
        caption="Models, as they were queued"
        rows={trials}
        keyOf={({ flow, seed }) => `${flow} ${seed}`}
        columns={[
          { name: 'Flow', cell: (trial) => <ModelLink trial={trial} /> },
          { name: 'Seed', isAtEnd: true, cell: ({ seed }) => seed },
          { name: 'Status', cell: (trial) => <State trial={trial} /> },
          {
            name: 'Validation log-likelihood',
            isAtEnd: true,
            cell: ({ validationLogProb }) => nats(validationLogProb),
          },
          { name: 'Test log-likelihood', isAtEnd: true, cell: ({ testLogProb }) => nats(testLogProb) },
          {
            name: 'Parameters',
            isAtEnd: true,
            cell: ({ parameterCount }) => (parameterCount === null ? '–' : count(parameterCount)),
          },
        ]}
      />
    </Section>
  );
}

function ModelLink({ trial: { flow, modelId } }: { trial: Trial }) {
  if (modelId === null) return <span class="muted">{flow}, deleted</span>;
  return (
    <a class="row-link" href={`/models/${modelId}`}>
      {flow}
    </a>
  );
}

function State({ trial: { flow, seed, status, step, steps, error } }: { trial: Trial }) {
  return (
    <span class="state">
      <StatusBadge status={status} />
      {step !== null && steps !== null && (
        <progress class="small" aria-label={`Training of ${flow} with seed ${seed}`} value={step} max={steps} />
      )}
      {error && <span class="muted">{error.message}</span>}
    </span>
  );
}
