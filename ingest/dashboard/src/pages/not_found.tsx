import type { JSX } from 'preact';
import { Page } from '../ui/parts';
import { Empty } from '../ui/states';

export function NotFoundPage(): JSX.Element {
  return (
    <Page title="Not found">
      <Empty title="There is no such page">
        <p>
          The address may be mistyped. Go <a href="/">to the start page</a>.
        </p>
      </Empty>
    </Page>
  );
}
