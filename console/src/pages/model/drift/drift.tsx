import { Answered } from '../../../parts/answered.tsx';
import { number } from '../../../parts/format.ts';
import { Empty, Section } from '../../../parts/page.tsx';
import { Select } from '../../../parts/select.tsx';
import { useQuery } from '../../../state/use-query.ts';
import { TableChoice } from '../rows/table-choice.tsx';
import type { TableSource } from '../rows/table-source.ts';
import { useSource } from '../rows/use-source.ts';
import type { ModelSectionProps } from '../sections.ts';
import { Findings } from './findings.tsx';
import { useDrift } from './use-drift.ts';
import '../../../styles/scoring.css';
import '../../../styles/drift.css';

const usualLevel = 0.01;
const levels = [0.05, usualLevel, 0.001].map((level) => ({ value: String(level), name: number(level) }));

/** Whether new rows still come from the distribution that the model was trained on. */
export function Drift({ model }: ModelSectionProps) {
  const [source, choose] = useSource();
  const [query, change] = useQuery();
  const level = levels.find(({ value }) => value === query['level'])?.value ?? String(usualLevel);
  return (
    <div class="stack">
      <Section
        title="Look for drift"
        lead="Do new rows come from the distribution that the model was trained on? Each column is tested by itself, and the log-densities, which see what columns do together."
        actions={
          <Select
            label="Level"
            value={level}
            options={levels}
            onChange={(value) => change({ level: value === String(usualLevel) ? undefined : value })}
          />
        }
      >
        <TableChoice model={model} source={source} onChoose={choose} />
      </Section>
      {source ? (
        <Comparison model={model} source={source} level={Number(level)} />
      ) : (
        <Empty title="No table yet">
          <p>Drop the rows of last week, or choose a dataset: they are compared with those that the model knows.</p>
        </Empty>
      )}
    </div>
  );
}

function Comparison({ model, source, level }: ModelSectionProps & { source: TableSource; level: number }) {
  const drift = useDrift(model, source, level);
  return (
    <Answered of={drift} what="The comparison">
      {(body) => body && <Findings found={body} />}
    </Answered>
  );
}
