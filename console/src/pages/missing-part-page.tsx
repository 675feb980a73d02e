import { Empty, Page } from '../parts/page.tsx';

/** In place of a page that could not be loaded. */
export function MissingPartPage() {
  return (
    <Page title="Not loaded">
      <Empty title="This page could not be loaded.">
        <p role="alert">
          See whether the service runs. If it was renewed meanwhile, the console has to be loaded anew, too.
        </p>
        <button type="button" class="button primary" onClick={() => location.reload()}>
          Load again
        </button>
      </Empty>
    </Page>
  );
}
