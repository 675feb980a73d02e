import type { ResolvedModel } from '../../api/types.ts';
import { Figures } from '../../parts/figures.tsx';
import { count, plural } from '../../parts/format.ts';
import { Warnings } from '../../parts/notice.tsx';
import { Section } from '../../parts/page.tsx';
import { Table } from '../../parts/table.tsx';
import type { Resolution } from './use-resolution.ts';

interface ResolvedFlowProps {
  readonly resolution: Resolution;
  /** Whether the flow stands in the editor already. */
  readonly isOwn: boolean;
  /** Takes a resolved flow to the editor. */
  readonly onEdit: (flow: object) => void;
}

/** What the flow is for this table: its layers and what each has to learn, or what is wrong. */
export function ResolvedFlow({ resolution, isOwn, onEdit }: ResolvedFlowProps) {
  const { resolved, faults, error, isStale } = resolution;
  const isWrong = faults.length > 0 || error !== undefined;
  return (
    <Section
      title="What it comes to"
      lead="For this table, with nothing left to a default."
      actions={
        resolved?.flow &&
        !isOwn && (
          <button type="button" class="button small" onClick={() => resolved.flow && onEdit(resolved.flow)}>
            Edit as a spec
          </button>
        )
      }
    >
      <div class="stack" aria-busy={isStale} aria-live="polite">
        {isWrong && <Wrong resolution={resolution} />}
        {!isWrong && resolved && <Amounts resolved={resolved} />}
        {!isWrong && !resolved && <p class="muted">Asking the service</p>}
      </div>
      {!isWrong && resolved && resolved.layers.length > 0 && <Layers resolved={resolved} />}
      {!isWrong && resolved && resolved.candidates.length > 0 && <Candidates resolved={resolved} onEdit={onEdit} />}
      {!isWrong && resolved && <Warnings warnings={resolved.warnings} />}
    </Section>
  );
}

function Wrong({ resolution: { faults, error } }: { resolution: Resolution }) {
  if (faults.length === 0) return <p class="field-problem">{error?.message}</p>;
  return (
    <ul class="spec-problems">
      {faults.map(({ path, message }) => (
        <li key={path}>
          <code>{path}</code> <span>{message}</span>
        </li>
      ))}
    </ul>
  );
}

function Amounts({ resolved: { parameterCount, layers, candidates, columns, context } }: { resolved: ResolvedModel }) {
  const given = context.length > 0 ? `given ${plural(context.length, 'column')}` : undefined;
  return (
    <Figures
      figures={[
        parameterCount === null
          ? { name: 'Flows', value: count(candidates.length), note: 'each trained on its own' }
          : { name: 'Parameters', value: count(parameterCount), note: 'numbers that are learned' },
        ...(layers.length > 0
          ? [{ name: 'Layers', value: count(layers.length), note: 'from the data to the base' }]
          : []),
        { name: 'Columns', value: count(columns.length), note: given },
      ]}
    />
  );
}

/** Layers of which several alike follow each other are told once. */
function Layers({ resolved: { layers, flow } }: { resolved: ResolvedModel }) {
  const base = flow && 'base' in flow ? Object(flow.base) : undefined;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
    <ol class="layer-list" tabIndex={0} aria-label="Layers, from the data to the base">
      {layers.map(({ type, inverse, parameterCount }, index) => (
        <li key={index}>
          <span class="layer-name">
            {type}
            {inverse && <span class="muted"> inverse</span>}
          </span>
          <span class="layer-count">{parameterCount === 0 ? '–' : count(parameterCount)}</span>
        </li>
      ))}
      {base && (
        <li class="layer-base">
          <span class="layer-name">{String(base.type)}</span> <span class="layer-count">base</span>
        </li>
      )}
    </ol>
  );
}

function Candidates({
  resolved: { candidates },
  onEdit,
}: { resolved: ResolvedModel } & Pick<ResolvedFlowProps, 'onEdit'>) {
  return (
    <Table
      caption="Flows that take part"
      rows={candidates}
      keyOf={({ name }) => name}
      columns={[
        { name: 'Flow', cell: ({ name }) => name },
        { name: 'Parameters', isAtEnd: true, cell: ({ parameterCount }) => count(parameterCount) },
        {
          name: 'Take it alone',
          isAtEnd: true,
          cell: ({ name, flow }) => (
            <button
              type="button"
              class="button quiet"
              aria-label={`Edit as a spec: ${name}`}
              onClick={() => onEdit(flow)}
            >
              Edit as a spec
            </button>
          ),
        },
      ]}
    />
  );
}
