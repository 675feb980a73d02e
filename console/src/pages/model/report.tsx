import { answer, api } from '../../api/client.ts';
import { save } from '../../api/save.ts';
import type { Model } from '../../api/types.ts';
import { Problem } from '../../parts/notice.tsx';
import { fileName } from '../../plots/downloads.tsx';
import { useAction } from '../../state/use-action.ts';

/** Keeps all that is shown of a model as one file. It is fetched here, for a link sends no key. */
export function Report({ model: { id, name } }: { model: Model }) {
  const { run, isBusy, error } = useAction(async () => {
    const page = await answer(api.GET('/v1/models/{id}/report', { params: { path: { id } }, parseAs: 'blob' }));
    save(page, `${fileName(name)}-report.html`);
  });
  return (
    <>
      {error && <Problem title="There is no report" error={error} />}
      <button type="button" class="button" disabled={isBusy} aria-label={`Report of ${name}`} onClick={() => run()}>
        {isBusy ? 'Writing …' : 'Report'}
      </button>
    </>
  );
}
