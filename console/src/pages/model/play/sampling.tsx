import { scoreRows } from '../../../api/anomalies.ts';
import { answer, api } from '../../../api/client.ts';
import { download } from '../../../api/download.ts';
import { key } from '../../../api/key.ts';
import { ApiError } from '../../../api/problem.ts';
import type { Model } from '../../../api/types.ts';
import { Answered } from '../../../parts/answered.tsx';
import { count, nats, number } from '../../../parts/format.ts';
import { Problem } from '../../../parts/notice.tsx';
import { Section } from '../../../parts/page.tsx';
import { Table } from '../../../parts/table.tsx';
import { useAction } from '../../../state/use-action.ts';
import { useAnswer } from '../../../state/use-answer.ts';
import { type Cell, toCell } from '../../../tables/cells.ts';
import { pValueText } from '../rows/p-value.ts';
import type { Fields } from '../rows/use-fields.ts';
import { SampleForm } from './sample-form.tsx';
import { type SampleRequest, sampleLink, sampleName } from './sample-request.ts';
import { useSampleRequest } from './use-sample-request.ts';

/** Enough to see what they are like. */
const shownRows = 50;

/** Rows drawn from the model. */
export function Sampling({ model, fields }: { model: Model } & Pick<Fields, 'fields'>) {
  const context = fields.filter(({ isContext }) => isContext);
  const [request, change] = useSampleRequest(context);
  return (
    <Section
      title="Samples"
      lead="Rows that never were, drawn from what the model has learned. The same seed gives the same rows."
      actions={<Downloads model={model} request={request} />}
    >
      <SampleForm context={context} request={request} onChange={change} />
      <Drawn model={model} request={request} />
    </Section>
  );
}

function Drawn({ model, request }: { model: Model; request: SampleRequest }) {
  const n = Math.min(request.n, shownRows);
  const drawn = useAnswer(() => draw(model, { ...request, n }), [model.id, JSON.stringify({ ...request, n })]);
  return (
    <Answered of={drawn} what="The samples">
      {({ columns, rows }) => (
        <div class="sample-rows">
          <Table
            caption={`The first ${n} samples`}
            rows={rows}
            keyOf={(_row, index) => index}
            columns={[
              ...columns.map((name, place) => ({
                name,
                id: `column ${name}`,
                isAtEnd: rows.some(({ cells }) => typeof cells[place] === 'number'),
                cell: ({ cells }: DrawnRow) => <SampleCell value={cells[place]} />,
              })),
              { name: 'log p', isAtEnd: true, cell: ({ logProb }) => nats(logProb) },
              { name: 'p', isAtEnd: true, cell: ({ pValue }) => pValueText(pValue) },
            ]}
          />
          {request.n > n && (
            <p class="muted small-print">
              The first {n} of {count(request.n)}; a download has them all.
            </p>
          )}
        </div>
      )}
    </Answered>
  );
}

interface DrawnRow {
  readonly cells: readonly Cell[];
  readonly logProb: number | null;
  readonly pValue: number | null;
}

/** Some rows and how likely each is: row i does not depend on how many are drawn. */
async function draw({ id, context }: Model, { n, seed, temperature, given }: SampleRequest) {
  const body = { n, seed, temperature, context: given };
  const drawn = await answer(api.POST('/v1/models/{id}/sample', { params: { path: { id } }, body }));
  if (typeof drawn === 'string') throw new ApiError('The rows came as text, where JSON was asked for.');
  const cells = drawn.rows.map((row) => row.map(toCell));
  const values = context.map((name) => given[name] ?? null);
  const { scores } = await scoreRows(
    id,
    cells.map((row) => [...row, ...values]),
    { explain: false },
  );
  const rows = cells.map((row, place): DrawnRow => ({ cells: row, ...scores[place] }));
  return { columns: drawn.columns, rows };
}

function SampleCell({ value }: { value: Cell | undefined }) {
  if (value === null || value === undefined) return <span class="missing">missing</span>;
  return <>{typeof value === 'number' ? number(value) : String(value)}</>;
}

const formats = [
  { format: 'csv', name: 'CSV' },
  { format: 'ndjson', name: 'NDJSON' },
  { format: 'json', name: 'JSON' },
  { format: 'parquet', name: 'Parquet' },
] as const;

/** A link where that will do, since then the browser writes the rows as they come; else all are fetched first. */
function Downloads({ model, request }: { model: Model; request: SampleRequest }) {
  const { id, context } = model;
  const isLink = context.length === 0 && key.value === undefined;
  const { run, isBusy, error } = useAction(async (format: string) => {
    const { given, ...rest } = request;
    const path = `/v1/models/${id}/sample?format=${format}`;
    await download(path, sampleName(model.name, request, format), { ...rest, context: given });
  });
  return (
    <div class="downloads">
      {error && <Problem title="The samples could not be downloaded" error={error} />}
      <span class="muted" id="downloads-label">
        {isBusy ? 'Drawing' : 'Download'} {count(request.n)}
      </span>
      {formats.map(({ format, name }) =>
        isLink ? (
          <a
            key={format}
            class="button small"
            href={sampleLink(id, request, format)}
            download={sampleName(model.name, request, format)}
            aria-label={`Download as ${name}`}
          >
            {name}
          </a>
        ) : (
          <button
            key={format}
            type="button"
            class="button small"
            disabled={isBusy}
            aria-label={`Download as ${name}`}
            onClick={() => run(format)}
          >
            {name}
          </button>
        ),
      )}
    </div>
  );
}
