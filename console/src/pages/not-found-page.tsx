import { Empty, Page } from '../parts/page.tsx';

export function NotFoundPage() {
  return (
    <Page title="No such page">
      <Empty title="There is nothing at this address.">
        <a class="button" href="/datasets">
          To the datasets
        </a>
      </Empty>
    </Page>
  );
}
