import { answer, api } from '../../api/client.ts';
import { ApiError } from '../../api/problem.ts';
import { Answered } from '../../parts/answered.tsx';
import { number } from '../../parts/format.ts';
import { Table } from '../../parts/table.tsx';
import { useAnswer } from '../../state/use-answer.ts';

const limit = 10;

export function FirstRows({ id }: { id: string }) {
  const rows = useAnswer(async () => {
    const body = await answer(api.GET('/v1/datasets/{id}/rows', { params: { path: { id }, query: { limit } } }));
    if (typeof body === 'string') throw new ApiError('The rows came as text, where JSON was asked for.');
    return body;
  }, [id]);
  return (
    <Answered of={rows} what="The rows">
      {({ columns, rows: cells }) => (
        <Table
          caption={`The first ${limit} rows`}
          rows={cells}
          keyOf={(_row, index) => index}
          columns={columns.map((name, column) => ({
            name,
            isAtEnd: cells.some((row) => typeof row[column] === 'number'),
            cell: (row: (typeof cells)[number]) => <Cell value={row[column]} />,
          }))}
        />
      )}
    </Answered>
  );
}

function Cell({ value }: { value: unknown }) {
  if (value === null || value === undefined) return <span class="missing">missing</span>;
  return <>{typeof value === 'number' ? number(value) : String(value)}</>;
}
