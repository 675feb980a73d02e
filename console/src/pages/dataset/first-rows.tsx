import { answer, api } from '../../api/client.ts';
import { ApiError } from '../../api/problem.ts';
import { Answered } from '../../parts/answered.tsx';
import { RowsTable } from '../../parts/rows-table.tsx';
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
      {({ columns, rows: cells }) => <RowsTable caption={`The first ${limit} rows`} columns={columns} rows={cells} />}
    </Answered>
  );
}
